# Everything a developer does with Tonny. Start with: ./build/just demo

set positional-arguments

export VIRTUAL_ENV := justfile_directory() / ".venv"
export PATH := VIRTUAL_ENV / "bin:" + env("PATH")
# The tests start the program some thousand times: compiled once, it starts in half the time.
export PYTHONDONTWRITEBYTECODE := ""

# List the recipes
default:
    @just --list --unsorted

# Set everything up, then show a whole conversation
[no-cd, no-exit-message]
demo *args: setup
    @tonny-agent demo "$@"

# Set everything up, then listen to the microphone until Ctrl-C
[no-cd, no-exit-message]
run *args: setup
    @tonny-agent run "$@"

# Install what is missing: system packages, Python packages, weights and voices
setup:
    @build/setup

# The whole suite; with arguments, pytest alone with these
[no-exit-message, script("sh", "-eu")]
test *args: setup rigs
    peer={{ quote(justfile_directory()) }}/.rigs/wlk/bin/python
    if [ -x "$peer" ]; then export TONNY_WLK_PYTHON="$peer"; fi
    if [ $# -gt 0 ]; then exec pytest "$@"; fi
    just lint
    pytest --cov --cov-report=term:skip-covered
    # Decisions are cheap to test, so nearly every branch of them is.
    coverage report --include='agent/core/*' --fail-under=98

# What needs no test: style, types, and who may import whom
lint: setup
    ruff check
    ruff format --check
    mypy
    lint-imports

# Put the code in its one format
format: setup
    ruff check --fix
    ruff format

# Write the pages of docs/ that the program itself can tell: settings, commands, doctor
docs: setup
    @build/docs

# Record the demo in a terminal, as the moving picture of the README
picture: setup
    @build/picture

# Measure what must be fast, beside the floors: figure, floor, ratio
bench *args: setup
    @python -m tests.bench "$@"

# The whole of Tonny against a real n8n: the folder in which npm installed it
e2e-n8n folder: setup
    TONNY_N8N="{{ folder }}" pytest tests/live/test_n8n.py tests/live/test_n8n_nodes.py

# The same against a real Node-RED
e2e-node-red folder: setup
    TONNY_NODE_RED="{{ folder }}" pytest tests/live/test_node_red.py

# The stand-in for ElevenLabs, and Tonny with it, before the judges in ../shared
[no-exit-message, script("sh", "-eu")]
contract *args: setup
    build/judges
    rigs={{ quote(justfile_directory()) }}/.rigs
    export TONNY_ELEVENLABS_SDK="$rigs/elevenlabs/bin/python"
    export TONNY_PRISM="$rigs/prism/node_modules/.bin/prism"
    exec pytest tests/contract "$@"

# Compile the download into build/out: an archive, a single file and a Debian package
build: setup
    @build/compile compile pack deb check-deb checksums

# The user's first minute with all of these, in a bare root; --break-each: would it notice?
[no-exit-message]
smoke *args: setup
    @build/compile ${1:-smoke}

# The same with the folder alone, compiled anew where something changed: what CI does
[no-exit-message]
smoke-folder: setup
    @build/compile compile smoke-folder

# Build twice and compare every byte
reproducible: setup
    @build/compile reproducible

# Build, prove and sign what is published; TONNY_MINISIGN_KEY names the secret key's file
release: build smoke
    @build/compile checksums sign

# Pin every dependency again; --upgrade takes the newest
lock *args: setup
    @build/lock "$@"

# The real peers that some tests talk to; they skip without
rigs: setup
    @build/rigs || echo "tonny: without its peers, some tests will skip" >&2
