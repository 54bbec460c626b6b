#!/usr/bin/env bash
# Builds the site in .build/site, and opens every page of it in Chromium. What only the
# site needs is brought here, so that `make test` goes without.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
. tools/lib.sh
environment=.build/envs/site
work=.build/site-work

make_environment() {
  local key
  key=$(hash_of tools/site/requirements.txt)
  [ "$(cat $environment/.stamp 2>/dev/null)" = "$key" ] && return
  echo "Installing Pagefind and Playwright into $environment (once)"
  logged site-venv .venv/bin/python -m venv --clear $environment
  logged site-pip $environment/bin/python -m pip install --quiet \
    --disable-pip-version-check --requirement tools/site/requirements.txt
  echo "$key" >$environment/.stamp
}

# The site is built of a copy, as knitr writes beside what it reads.
copy_package() {
  rm -rf $work .build/site
  mkdir -p $work/package
  cp -R _pkgdown.yml pkgdown DESCRIPTION NAMESPACE LICENSE.md NEWS.md README.md \
    CONTRIBUTING.md R man vignettes $work/package/
}

tools/setup.sh r-cran-pkgdown
if ! Rscript -e 'invisible(loadNamespace("pkgdown"))' 2>/dev/null; then
  echo "The site takes the R package pkgdown: install.packages(\"pkgdown\")" >&2
  exit 1
fi
make_environment
echo "Running the examples and articles (minutes)"
copy_package
logged site-python .venv/bin/python tools/site/python_pages.py $work/python
logged site-pkgdown Rscript tools/site/build.R $work/package $work/python .build/site
logged site-search $environment/bin/python -m pagefind --site .build/site \
  --force-language en # one index, also of the articles in Spanish
$environment/bin/python tools/site/check.py .build/site
echo "The site is in .build/site"
