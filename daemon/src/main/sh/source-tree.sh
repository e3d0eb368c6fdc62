# SPDX-License-Identifier: Apache-2.0
# Sourced by daemon/tidemark and smoke/smoke with $root set: builds what they run when it is missing or stale.

. "$root/daemon/src/main/dist/lib/jdk.sh"

say() {
    echo "${0##*/}: $*" >&2
}

# Whether module $1, whose build began at the time in its target/built, is missing or older than what it is made of: its
# own sources and those of the modules named after it. A deleted file shows in the time of its directory.
is_stale() {
    stamp=$root/$1/target/built
    [ -s "$stamp" ] && [ -x "$root/daemon/target/tidemark/bin/tidemark" ] || return 0
    touch -d "$(cat "$stamp")" "$stamp"
    for module in "$@"; do
        set -- "$@" "$root/$module/pom.xml" "$root/$module/src/main"
        shift
    done
    [ -n "$(find "$root/pom.xml" "$@" -newer "$stamp" -print 2>/dev/null | head -n 1)" ]
}

# Builds module $1 if it is stale, one build at a time; exits 70 when that fails.
build_if_stale() {
    is_stale "$@" || return 0
    # A locked file that is always there: the target directory goes with every `mvn clean`.
    exec 9<"$root/daemon/src/main/sh/source-tree.sh"
    if command -v flock >/dev/null; then
        if ! flock -n 9; then
            say 'waiting for another build'
            flock 9
        fi
        is_stale "$@" || { exec 9<&-; return 0; }
    else
        say 'no flock here: make sure that nobody else builds this tree now'
    fi
    if ! command -v mvn >/dev/null; then
        say 'no mvn on the path: install Maven 3.8.7 or newer'
        exit 70
    fi
    if ! command -v java >/dev/null && [ -z "${JAVA_HOME:-}" ] && find_java ''; then
        JAVA_HOME=$(dirname "$(dirname "$java")")
        export JAVA_HOME
    fi
    if [ -e "$root/$1/target/built" ]; then
        say 'building the distribution, its sources have changed ...'
    else
        say 'building the distribution, first use: this takes a minute or two ...'
    fi
    mkdir -p "$root/$1/target"
    log=$root/$1/target/build.log
    # Layout and convergence are for `mvn verify` to judge.
    if ! (cd "$root" && mvn -B -q -ntp -pl "$1" -am -P '!layout' -Denforcer.skip=true -DskipTests package) \
            </dev/null >"$log" 2>&1 9<&-; then
        tail -n 40 "$log" >&2
        say "the build failed; all that Maven said is in $log"
        exit 70
    fi
    exec 9<&-
}
