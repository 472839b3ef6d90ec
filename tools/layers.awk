# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the rtcio authors
#
# The rules behind tools/check-layers. Reads C files; prints each breach as file:line.

BEGIN {
    # What each room may include beside itself. <rtcio/...> is open to all of them.
    allowed["base"] = ""
    allowed["codec"] = "base"
    allowed["net"] = "base"
    allowed["engine"] = "base codec net"
    allowed["socketio"] = "base codec net engine"
    allowed["cluster"] = "base codec net engine socketio"
    allowed["peer"] = "base codec net"
    # Our own first customers: the public headers and nothing else.
    allowed["signaling"] = ""
    allowed["files"] = ""
    allowed["admin"] = ""
    allowed["daemon"] = ""
    allowed["examples"] = ""
    allowed["include"] = ""

    # Predictable numbers, unbounded copies, unbounded stack: each has a safe counterpart
    # in base/ or in libc.
    banned = "(rand|srand|random|srandom|drand48|lrand48|strcpy|strcat|sprintf|vsprintf|gets|" \
        "alloca|strtok|tmpnam|mktemp)"
}

FNR == 1 {
    n_parts = split(FILENAME, part, "/")
    room = part[1] == "src" ? part[2] : part[1]
    comment = 0
    if (!(room in allowed))
        complain("is in a room that the rules do not know: " room)
}

{
    code = strip($0)
}

code ~ /^[ \t]*#[ \t]*include/ {
    check_include(code)
    next
}

{
    gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
    if (match(code, "(^|[^A-Za-z0-9_>.])" banned "[ \t]*\\("))
        complain("calls a banned function: " substr(code, RSTART, RLENGTH) ")")
}

END {
    exit n_breaches > 0
}

function complain(what)
{
    printf "%s:%d: %s\n", FILENAME, FNR, what
    n_breaches++
}

# The line without its comments. A "/*" inside a string or character is none.
function strip(line,    out, at)
{
    out = ""
    while (line != "") {
        if (comment) {
            at = index(line, "*/")
            if (!at)
                return out
            line = substr(line, at + 2)
            comment = 0
        } else if (match(line, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\//)) {
            out = out substr(line, 1, RSTART - 1)
            if (substr(line, RSTART, 2) == "//")
                return out
            if (substr(line, RSTART, 2) == "/*")
                comment = 1
            else
                out = out substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
        } else {
            return out line
        }
    }
    return out
}

function check_include(line,    path, target, n, piece)
{
    if (match(line, /<[^>]*>/)) {
        path = substr(line, RSTART + 1, RLENGTH - 2)
        if (room == "include" && path !~ /^(rtcio\/|std(bool|def|int)\.h$)/)
            complain("a public header includes <" path ">")
        return
    }
    if (!match(line, /"[^"]*"/))
        return complain("includes neither \"a/file.h\" nor <a/file.h>")
    path = substr(line, RSTART + 1, RLENGTH - 2)
    if (path ~ /\.c$/ || path ~ /(^|\/)\.\.?(\/|$)/)
        return complain("includes \"" path "\"")

    n = split(path, piece, "/")
    if (part[1] == "daemon" || part[1] == "examples") {
        # Their root is their own folder.
        if (piece[1] in allowed)
            complain(room " reaches into \"" path "\": it may use <rtcio/...> only")
        return
    }
    target = piece[1]
    if (n < 2)
        complain("\"" path "\" does not name its room")
    else if (target != room && index(" " allowed[room] " ", " " target " ") == 0)
        complain(room " includes \"" path "\": " room " may know " \
            (allowed[room] == "" ? "<rtcio/...> only" : allowed[room]))
}
