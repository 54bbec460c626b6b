"""Which ops of TensorFlow reach out of a model, and which do not.

Every op of TensorFlow 2.15 to 2.22 is in one of two tables: below, with what it does
and where it is told a path or an address; or in `harmless_ops.txt`. An op that is in
neither is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

READS, WRITES, LISTS = "reads files", "writes files", "lists files"
DELETES, CODE, NETWORK = "deletes files", "runs code", "uses the network"
ENDS = "ends the process"
# The words for them in the table.
_EFFECTS = {
    "reads": READS,
    "writes": WRITES,
    "lists": LISTS,
    "deletes": DELETES,
    "code": CODE,
    "network": NETWORK,
    "ends": ENDS,
}

# op  effects  where the path, address or name is: the number of an input, or the name
# of an attribute. With `?` it reaches out only if that is neither empty nor one of
# the values after the `?`, which end in `*` where they begin one.
_TABLE = """
ReadFile                        reads            0
WholeFileReader                 reads            -
WholeFileReaderV2               reads            -
TextLineReader                  reads            -
TextLineReaderV2                reads            -
TFRecordReader                  reads            -
TFRecordReaderV2                reads            -
FixedLengthRecordReader         reads            -
FixedLengthRecordReaderV2       reads            -
LMDBReader                      reads            -
TextLineDataset                 reads            0
TFRecordDataset                 reads            0
TFRecordDatasetV2               reads            0
FixedLengthRecordDataset        reads            0
FixedLengthRecordDatasetV2      reads            0
CSVDataset                      reads            0
CSVDatasetV2                    reads            0
ExperimentalCSVDataset          reads            0
LMDBDataset                     reads            0
ExperimentalLMDBDataset         reads            0
SqlDataset                      reads            1
ExperimentalSqlDataset          reads            1
LoadDataset                     reads            0
SnapshotDatasetReader           reads            0
SnapshotNestedDatasetReader     reads            -
SnapshotChunkDataset            reads            0
ListSnapshotChunksDataset       reads,lists      0
InitializeTableFromTextFile     reads            1
InitializeTableFromTextFileV2   reads            1
GenerateVocabRemapping          reads            0,1
LoadAndRemapMatrix              reads            0
Restore                         reads            0
RestoreSlice                    reads            0
RestoreV2                       reads            0
DTensorRestoreV2                reads            0
ImmutableConst                  reads            memory_region_name
RecordInput                     reads            file_pattern
Skipgram                        reads            filename
FixedUnigramCandidateSampler    reads            vocab_file?
DecodeProtoV2                   reads            descriptor_source?local://,bytes://*
EncodeProto                     reads            descriptor_source?local://,bytes://*
MatchingFiles                   lists            0
MatchingFilesDataset            lists            0
ExperimentalMatchingFilesDataset lists           0
WriteFile                       writes           0
Save                            writes           0
SaveSlices                      writes           0
SaveV2                          writes           0
SaveDataset                     writes           1
SaveDatasetV2                   writes           1
DatasetToTFRecord               writes           1
ExperimentalDatasetToTFRecord   writes           1
SnapshotDataset                 reads,writes     1
SnapshotDatasetV2               reads,writes     1
CacheDataset                    reads,writes     1?
CacheDatasetV2                  reads,writes     1?
CreateSummaryFileWriter         writes           1
CreateSummaryDbWriter           writes           1
DumpTensor                      writes           log_dir_path
CalibrationStatisticsSaver      writes           output_file_path
PrintV2                         writes           output_stream?stdout,stderr,log(*
MergeV2Checkpoints              writes,deletes   0,1
DebugIdentity                   writes,network   debug_urls?
DebugIdentityV2                 writes,network   debug_urls?
DebugIdentityV3                 writes,network   debug_urls?
DebugNanCount                   writes,network   debug_urls?
DebugNumericSummary             writes,network   debug_urls?
FileSystemSetConfiguration      network          2
DistributedSave                 writes,network   1,2
DataServiceDataset              network          2
DataServiceDatasetV2            network          2
DataServiceDatasetV3            network          2
DataServiceDatasetV4            network          2
RegisterDataset                 network          1
RegisterDatasetV2               network          1
RpcClient                       network          0
RpcServer                       network          0
RpcServerRegister               network          -
RpcServerStart                  network          -
RpcCall                         network          -
RemoteCall                      network          0
ConnectTPUEmbeddingHosts        network          -
CollectiveAllToAllV2            network          -
CollectiveAllToAllV3            network          -
CollectiveAssignGroupV2         network          -
CollectiveBcastRecv             network          -
CollectiveBcastRecvV2           network          -
CollectiveBcastSend             network          -
CollectiveBcastSendV2           network          -
CollectiveGather                network          -
CollectiveGatherV2              network          -
CollectiveInitializeCommunicator network         -
CollectivePermute               network          -
CollectiveReduce                network          -
CollectiveReduceScatterV2       network          -
CollectiveReduceV2              network          -
CollectiveReduceV3              network          -
PyFunc                          code             token
PyFuncStateless                 code             token
EagerPyFunc                     code             token
XlaHostCompute                  code             key
_XlaHostComputeMlir             code             -
_XlaRecvAtHost                  code             -
_XlaRecvAtHostV2                code             -
_XlaSendFromHost                code             -
_XlaSendFromHostV2              code             -
XlaCustomCall                   code             target_name
XlaCustomCallV2                 code             call_target_name
MlirPassthroughOp               code             -
DatasetFromGraph                code             -
TPUCompile                      code             -
_TPUCompileMlir                 code             -
_XlaCompileMlirPlaceholderProgramKey code        -
Abort                           ends             -
WorkerHeartbeat                 ends             -
"""


@dataclass(frozen=True)
class Reach:
    """How an op reaches out.

    Attributes:
      effects: What it does: `"reads files"`, say.
      places: The numbers of inputs and the names of attributes that say where.
      within: At these values, and at an empty one, it does not reach out; None where
        it does at each. One that ends in `*` is how a value begins.
    """

    effects: tuple[str, ...]
    places: tuple[int | str, ...]
    within: tuple[str, ...] | None

    def is_within(self, value: str) -> bool:
        """Whether it does not reach out at a value of its place."""
        if self.within is None:
            return False
        return not value or any(
            value.startswith(each[:-1]) if each.endswith("*") else value == each
            for each in self.within
        )


def _row(line: str) -> tuple[str, Reach]:
    op, effects, where = line.split(maxsplit=2)
    place, mark, within = where.partition("?")
    places = () if place == "-" else place.split(",")
    return op, Reach(
        tuple(_EFFECTS[each] for each in effects.split(",")),
        tuple(int(each) if each.isdigit() else each for each in places),
        tuple(filter(None, within.split(","))) if mark else None,
    )


REACHING = dict(map(_row, _TABLE.strip().splitlines()))


@lru_cache(maxsize=1)
def harmless_ops() -> frozenset[str]:
    """The ops that stay within the model, its inputs and the devices it is given."""
    text = Path(__file__).with_name("harmless_ops.txt").read_text("utf-8")
    return frozenset(text.split())
