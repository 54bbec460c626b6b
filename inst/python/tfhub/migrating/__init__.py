"""Programs for tensorflow_hub and the old R package, brought to this one.

`project.py` walks folders; `python.py` and `r.py` read one program each, and give it
back changed, with remarks on what a person has to decide. Files are data here: nothing
in them is run.
"""
