#!/usr/bin/env bash
# Measure training on a GPU and on the processor, in about 10 minutes: benchmarks/gpu.sh [OUT.md [FLAGS]]
#
# It needs Linux, an NVIDIA driver, Python 3.11 to 3.13 (PYTHON), and a package index or a folder of wheels (pip's
# PIP_FIND_LINKS and PIP_NO_INDEX). It installs TensorFlow with its CUDA libraries into a temporary folder, and runs on a
# copy of the project. With SEQFRAME_GPU_PYTHON, an interpreter with the packages of the project, nothing is installed.
# The table is written to OUT.md, by default gpu.md. FLAGS are flags of benchmarks.gpu, such as --repeats 1.
# Without a GPU it ends with one line and exit code 2.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-gpu.md}")

stop() {
    echo "benchmarks/gpu.sh: $1" >&2
    exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/project/data"
for name in benchmarks conf src tools pyproject.toml setup.py README.md LICENSE MANIFEST.in data/01_raw; do
    cp -r "$root/$name" "$work/project/$name"
done
cd "$work/project"

python=${SEQFRAME_GPU_PYTHON:-}
if [ -z "$python" ]; then
    # Before several GB are downloaded. `|| true`: grep -q closes the pipe.
    { nvidia-smi --list-gpus 2> /dev/null || true; } | grep -q GPU ||
        stop "no GPU: nvidia-smi lists none. Run it on a machine with an NVIDIA GPU and its driver."
    "${PYTHON:-python3}" -m venv "$work/environment"
    python="$work/environment/bin/python"
    "$python" -m pip install --quiet --no-compile ".[fast]" "tensorflow[and-cuda]~=2.21.0" ||
        stop "the packages cannot be installed; the last lines of pip are above."
fi

export PYTHONPATH="$work/project/src:$work/project"
export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-3}"
"$python" -m benchmarks.gpu --out "$out" "${@:2}"
