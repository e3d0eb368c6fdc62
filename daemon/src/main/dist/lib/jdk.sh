# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/tidemark, and in a source tree by the launchers: finds a JDK that is new enough.

jdk_oldest=25
java=
tried=

# Leaves the version of the JDK in directory $1 in $jdk_version: from its release file, because to start a JVM only to
# ask costs a tenth of a second.
read_jdk_version() {
    jdk_version=
    if [ -r "$1/release" ]; then
        while IFS== read -r jdk_key jdk_value; do
            if [ "$jdk_key" = JAVA_VERSION ]; then
                jdk_version=${jdk_value#\"}
                jdk_version=${jdk_version%\"}
            fi
        done <"$1/release"
    else
        jdk_version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
    fi
}

# Takes a place's name and a JDK's directory; leaves its java in $java, or the reason against it in $tried.
try_jdk() {
    if [ -z "$2" ]; then
        jdk_against='not set'
    elif [ ! -x "$2/bin/java" ]; then
        jdk_against="no bin/java in $2"
    else
        read_jdk_version "$2"
        jdk_major=${jdk_version%%[!0-9]*}
        if [ "${jdk_major:-0}" -ge "$jdk_oldest" ]; then
            java=$2/bin/java
            return 0
        fi
        jdk_against="$2 is ${jdk_version:-of an unknown version}"
    fi
    tried="$tried
  $1: $jdk_against"
    return 1
}

# The directory of the JDK whose java is file $1. A java that is a wrapper script has no release file of its own.
jdk_of() {
    jdk_file=$1
    [ ! -L "$1" ] || jdk_file=$(readlink -f "$1")
    [ -r "${jdk_file%/*/*}/release" ] || jdk_file=$1
    echo "${jdk_file%/*/*}"
}

# Takes the directory of a bundled runtime, which need not be there; 1 when no place has a JDK that will do.
find_java() {
    try_jdk '$TIDEMARK_JAVA_HOME' "${TIDEMARK_JAVA_HOME:-}" && return
    try_jdk 'runtime/' "$1" && return
    try_jdk '$JAVA_HOME' "${JAVA_HOME:-}" && return
    if command -v java >/dev/null; then
        try_jdk 'java on the path' "$(jdk_of "$(command -v java)")" && return
    else
        tried="$tried
  java on the path: none there"
    fi
    for jdk_there in /usr/lib/jvm/*; do
        # Unmatched, the pattern stands for itself: said too.
        try_jdk '/usr/lib/jvm/*' "$jdk_there" && return
    done
    return 1
}
