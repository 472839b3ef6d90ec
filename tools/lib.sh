# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the rtcio authors
#
# shellcheck shell=sh
#
# What ./run and ./test share: finding out what is missing, installing it, building. Sourced
# by POSIX shells; the working directory is the project's root.

die()
{
    printf '%s\n' "$@" >&2
    exit 1
}

have()
{
    command -v "$1" >/dev/null 2>&1
}

# Every system has these probes; only the names of the packages differ. A header that the
# compiler finds is there, whoever put it there.
has_header()
{
    printf '#include <%s>\n' "$1" | cc -E - >/dev/null 2>&1
}

has_cmake()
{
    have cmake && [ "$(printf '%s\n' 3.25 "$(cmake --version | sed -n '1s/[^0-9]*//p')" |
        sort -V | head -n 1)" = 3.25 ]
}

has_node()
{
    have node && node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'
}

# Debian's modules are its own interpreter's; another one may come first in the path.
has_python_client()
{
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import socketio, requests, websocket' >/dev/null 2>&1 && return
    done
    return 1
}

# Prints the Debian packages that the build lacks, one a line.
missing_for_build()
{
    have cc || echo gcc
    has_header stdio.h || echo libc6-dev
    has_cmake || echo cmake
    have ninja || echo ninja-build
    has_header crypt.h || echo libcrypt-dev
    has_header jansson.h || echo libjansson-dev
    has_header openssl/evp.h || echo libssl-dev
    has_header zlib.h || echo zlib1g-dev
    has_header uv.h || echo libuv1-dev
    has_header yaml.h || echo libyaml-dev
    has_header sqlite3.h || echo libsqlite3-dev
    has_header seccomp.h || echo libseccomp-dev
    has_header curl/curl.h || echo libcurl4-openssl-dev
}

# The same for the tests, beyond the build.
missing_for_tests()
{
    have c++ || echo g++
    have clang || echo clang
    have clang-format || have clang-format-14 || echo clang-format
    have pkg-config || echo pkgconf
    has_header cmocka.h || echo libcmocka-dev
    has_header http_parser.h || echo libhttp-parser-dev
    have openssl || echo openssl
    has_node || echo nodejs
    have turnserver || echo coturn
    have npm || echo npm
    have curl || echo curl
    have chromium || have chromium-browser || have google-chrome || echo chromium
    has_python_client || printf '%s\n' python3-socketio python3-requests python3-websocket
    # npm talks to its registry over TLS.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] || echo ca-certificates
}

# Installs the packages named, with apt; elsewhere says what is needed and stops.
install_packages()
{
    [ $# -gt 0 ] || return 0
    if ! have apt-get; then
        die "These are missing, under the names that Debian 12 has for them:" "    $*" \
            "Install them with your system's package manager, then start again."
    fi

    as_root=
    if [ "$(id -u)" != 0 ]; then
        have sudo || die "Missing packages, and installing them takes root. As root, run:" \
            "    apt-get update && apt-get install $*"
        as_root=sudo
    fi
    echo "Installing with apt${as_root:+, through sudo}: $*"
    # An old list of packages may do, and one source of several may be out of reach: whether
    # it matters, the installation shows.
    run_quietly install $as_root sh -c '
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q -o DPkg::Lock::Timeout=300 update || echo "the list of packages may be old"
        exec apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"' sh "$@"
}

# run_quietly NAME COMMAND...: the command's output goes to a file, and is shown if it fails.
run_quietly()
{
    log=build/log/$1.log
    shift
    mkdir -p build/log
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        die "This failed: $*" "The whole of its output is in $log"
    fi
}

# npm_packages RUN FOLDER: its npm packages, installed once per lock file. RUN NAME COMMAND... runs
# the command.
npm_packages()
{
    stamp=$2/node_modules/.installed
    if [ ! -f "$stamp" ] || [ "$2/package-lock.json" -nt "$stamp" ]; then
        "$1" npm npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --include=dev || return 1
        : >"$stamp"
    fi
}

# configure PRESET [OPTION...]: needed once, and when the presets or the options changed; for
# everything else the build runs CMake by itself. Without options, those of before stay.
configure()
{
    preset=$1
    shift
    stamp=build/$preset/configured-with
    if [ ! -f "build/$preset/build.ninja" ] || [ ! -f "$stamp" ] ||
        [ CMakePresets.json -nt "$stamp" ] || { [ $# -gt 0 ] && [ "$*" != "$(cat "$stamp")" ]; }; then
        run_quietly "configure-$preset" cmake --preset "$preset" "$@"
        printf '%s\n' "$*" >"$stamp"
    fi
}
