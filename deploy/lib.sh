# Shared by deploy/up and tests/run, which source it: what a fresh machine lacks, where things are built, and what is to be seen
# while they are. Bash. Made for Debian 12 and Ubuntu 24.04.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# Flags from outside would give every C and C++ library another build of its own.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

# .cargo/config.toml has RocksDB compiled for processors with these; on another one it is compiled without.
if ! { grep -qw sse4_2 /proc/cpuinfo && grep -qw pclmulqdq /proc/cpuinfo; }; then
    export CXXFLAGS_x86_64_unknown_linux_gnu=
fi

# C++ files of RocksDB, for the progress line only.
rocksdb_files=343
# Seconds between two progress lines.
progress_interval_s=20

say() { printf '%s\n' "$*" >&2; }

fail() {
    local status=$1
    shift
    say "$*"
    exit "$status"
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- What is missing ----------------------------------------------------------------------------------------------------------

missing_packages=()

wants() { missing_packages+=("$@"); }

# Installs what was wanted; without the right to, names it and ends with status 3.
install_wanted() {
    ((${#missing_packages[@]})) || return 0
    local packages=("${missing_packages[@]}")
    missing_packages=()
    if ! has apt-get || [[ $(id -u) -ne 0 ]]; then
        fail 3 "missing packages: ${packages[*]}
install them (as root: apt-get install --no-install-recommends ${packages[*]}) and start again"
    fi
    say "installing ${packages[*]}"
    if [[ -z ${package_lists_fresh:-} ]]; then
        apt-get -qq update || fail 3 "apt-get update failed"
        package_lists_fresh=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${packages[@]}" >/dev/null ||
        fail 3 "apt-get could not install ${packages[*]}"
}

is_there() { compgen -G "$1" >/dev/null; }

# bindgen loads libclang and reads the compiler's own headers next to it.
has_libclang() {
    local folder
    for folder in ${LIBCLANG_PATH:+"$LIBCLANG_PATH"} /usr/lib/llvm-*/lib /usr/local/lib /usr/lib /usr/lib64 /usr/lib/*-linux-gnu; do
        if is_there "$folder/libclang.so*" || is_there "$folder/libclang-[0-9]*.so*"; then
            is_there '/usr/lib/llvm-*/lib/clang/*/include/stddef.h' || is_there '/usr/lib*/clang/*/include/stddef.h' ||
                [[ -n ${LIBCLANG_PATH:-} ]]
            return
        fi
    done
    return 1
}

want_libclang() {
    has_libclang && return
    if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
        wants libclang1-14 libclang-common-14-dev
    else
        wants libclang-dev
    fi
}

rust_version_wanted() { sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml; }

has_rust() {
    has cargo && has rustc || return 1
    local have
    have=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) && [[ -n $have ]] || return 1
    printf '%s\n%s\n' "$(rust_version_wanted)" "${have%%-*}" | sort --check=quiet --version-sort
}

# Not exercised by CI, where Rust is there already.
install_rust() {
    say "installing Rust with rustup"
    if ! has rustup; then
        curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
            sh -s -- -y --quiet --profile minimal --default-toolchain none --no-modify-path || fail 3 "rustup could not be installed"
    fi
    rustup toolchain install stable --profile minimal --component rustfmt,clippy --no-self-update &&
        rustup default stable || fail 3 "rustup could not install Rust"
    has_rust || fail 3 "Rust $(rust_version_wanted) or newer is needed, and rustup's stable is $(rustc --version)"
}

# A compiler for C and C++, libclang, Rust.
prepare_build() {
    PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    has cc && has c++ || wants gcc g++ libc6-dev
    has make || wants make
    [[ -e /etc/ssl/certs/ca-certificates.crt || -e /etc/pki/tls/certs/ca-bundle.crt ]] || wants ca-certificates
    want_libclang
    has_rust || has rustup || has curl || wants curl
    install_wanted
    has_rust || install_rust
}

java_major() { java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'; }

# A JDK of 17 or later and Maven, for the Kafka and the foreign SMPP servers of the tests; Node, for one of those; rustfmt and
# clippy.
prepare_tests() {
    local java
    java=$(java_major)
    ((${java:-0} >= 17)) && has javac || wants openjdk-17-jdk-headless
    has mvn || wants maven
    has node || wants nodejs
    has npm || wants npm
    has openssl || wants openssl
    install_wanted
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy ||
        fail 3 "rustfmt and clippy are needed"
}

# Node, for buf.
prepare_proto() {
    has node || wants nodejs
    has npm || wants npm
    install_wanted
}

# --- Where things are built ---------------------------------------------------------------------------------------------------

# One target directory for everything, so that RocksDB is compiled once: the scripts' is `target` of plain cargo too, by a link
# from whichever of the two is missing to the one that is there.
choose_target() {
    local shared=$HOME/.cache/volley/target
    if [[ -z ${CARGO_TARGET_DIR:-} ]]; then
        mkdir -p "${shared%/*}"
        [[ -L $shared && ! -e $shared ]] && rm "$shared"
        [[ -L target && ! -e target ]] && rm target
        if [[ -d target && ! -L target && ! -e $shared ]]; then
            ln -s "$root/target" "$shared"
        fi
        mkdir -p "$shared"
        [[ -e target ]] || ln -s "$shared" target
        [[ target -ef $shared ]] ||
            say "note: $root/target is apart from $shared, so plain cargo builds everything once more; remove it to share"
    fi
    export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$shared}
    mkdir -p "$CARGO_TARGET_DIR"
}

# --- What is to be seen -------------------------------------------------------------------------------------------------------

duration() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }

# Lines in which cargo says what it is at, and says nothing wrong.
cargo_chatter='^ +(Compiling|Checking|Documenting|Downloading|Downloaded|Updating|Locking|Adding|Fresh|Blocking|Finished|Executable) '

# Object files of RocksDB made since this build began; nothing when it is not being compiled.
rocksdb_done() {
    local since=$1 objects
    [[ -z $(find "$CARGO_TARGET_DIR" -path '*/librocksdb-sys-*/out/librocksdb.a' -newer "$since" -print -quit 2>/dev/null) ]] || return
    objects=$(find "$CARGO_TARGET_DIR" -path '*/librocksdb-sys-*/out/*.o' -newer "$since" 2>/dev/null | wc -l)
    ((objects == 0)) || printf '; RocksDB: %d of %d files' "$objects" "$rocksdb_files"
}

progress_line() {
    local label=$1 log=$2 since=$3 begin=$4 crates now
    crates=$(grep -cE '^ +(Compiling|Checking|Documenting) ' "$log")
    now=$(grep -E "$cargo_chatter" "$log" | tail -n 1 | sed -E 's/^ +//; s/ \(.*//')
    say "  $label, $(duration $((SECONDS - begin))): $crates crates begun, last: ${now:-nothing yet}$(rocksdb_done "$since")"
}

tick() {
    local begin=$SECONDS next=$progress_interval_s
    while sleep 1; do
        if ((SECONDS - begin >= next)); then
            progress_line "$1" "$2" "$3" "$begin"
            next=$((next + progress_interval_s))
        fi
    done
}

# with_progress LABEL CARGO...: runs a cargo command and says every now and then how far it is. Its warnings and errors are shown
# as they come; its chatter goes to a log. The status is the command's.
with_progress() {
    local label=$1 log since ticker status begin=$SECONDS
    shift
    log=$CARGO_TARGET_DIR/progress-$$.log since=$CARGO_TARGET_DIR/progress-$$.since
    : >"$log" && : >"$since" || return 1
    say "  $label: ${*}"
    tick "$label" "$log" "$since" &
    ticker=$!
    CARGO_TERM_COLOR=never "$@" 2>&1 | tee "$log" | { grep --line-buffered -vE "$cargo_chatter" || true; } >&2
    status=${PIPESTATUS[0]}
    kill "$ticker" 2>/dev/null
    wait "$ticker" 2>/dev/null
    rm -f "$log" "$since"
    ((status)) || say "  $label: done in $(duration $((SECONDS - begin)))"
    return "$status"
}
