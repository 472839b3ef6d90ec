/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_FILES_H
#define RTCIO_FILES_H

/**
 * @file
 * The files of a folder over HTTP: web pages beside the Socket.IO endpoint.
 *
 * The folder is read once; requests are answered from memory and never reach the file system, so no
 * path leads out of the folder. Names that start with a dot are left out. Every answer has the
 * Content-Type of its name's ending, a strong ETag, Cache-Control and
 * `X-Content-Type-Options: nosniff` (RFC 9110, RFC 9111).
 *
 * Compression: `page.js.br` and `page.js.gz` beside `page.js` are that file's encodings, not
 * files of their own; text without a `.gz` is compressed by zlib when it is read. Accept-Encoding
 * with its q values chooses.
 */

#include <rtcio/http.h>
#include <rtcio/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The files of one folder, in memory. Belongs to the thread of the server that sends them. */
typedef struct rtcio_files rtcio_files;

/** Fill with rtcio_files_options_init(), then change what differs. Strings are copied. */
typedef struct rtcio_files_options {
    size_t size; /**< sizeof(rtcio_files_options), set by the init function */
    /** The file that stands for its folder, "index.html". */
    const char *index;
    /** Folder inside the folder, such as "assets/", whose names change with their content, as
     *  bundlers make them: those files may be kept for a year without asking (`immutable`).
     *  NULL: none. */
    const char *immutable;
    /** Further header lines of every answer, each ended by CRLF, such as a
     *  Content-Security-Policy; or NULL. */
    const char *headers;
    /** Time that other files than HTML may be used without asking, 0 s (0 .. 31536000); HTML is
     *  always asked for (`no-cache`), which costs a 304 while it has not changed. */
    uint32_t max_age_s;
    /** Most files, 1000 (1 .. 100000). */
    uint32_t max_files;
    /** Most bytes in memory, all encodings counted, 64 MiB (1 .. 1 GiB). */
    size_t max_bytes;
    /** Compress what can be (true). Encodings that lie in the folder are used anyway. */
    bool compress;
} rtcio_files_options;

/** Sets the defaults; use rtcio_files_options_init(). */
RTCIO_API void rtcio_files_options_init_sized(rtcio_files_options *opt, size_t size);
/** Sets the defaults named above. */
#define rtcio_files_options_init(opt) rtcio_files_options_init_sized((opt), sizeof *(opt))

/**
 * Reads a folder and its sub-folders (up to 16 deep; links are followed).
 * @param opt  NULL for the defaults
 * @param why  receives one line that says what is wrong and where; or NULL
 * @return 0; ::RTCIO_E_SYSTEM (errno), ::RTCIO_E_LIMIT, ::RTCIO_E_INVALID (an option),
 *         ::RTCIO_E_UNSUPPORTED (an option that this version does not know), ::RTCIO_E_NO_MEMORY
 */
RTCIO_API int rtcio_files_create(rtcio_files **files, const char *folder,
                                 const rtcio_files_options *opt, char *why, size_t why_size);
/** Frees them; answers on their way keep what they need. NULL is fine. */
RTCIO_API void rtcio_files_destroy(rtcio_files *files);

/**
 * Answers a request with a file: 200, 304 when `If-None-Match` names its ETag, 405 when the
 * method is neither GET nor HEAD.
 * @param path  of the file inside the folder, percent-encoded, without query; empty or with "/" at
 *              its end: the index of that folder
 * @return 0, or ::RTCIO_E_NOT_FOUND: there is no such file, and the request is not answered
 */
RTCIO_API int rtcio_files_answer(const rtcio_files *files, rtcio_http_request *request,
                                 rtcio_slice path);

/**
 * Serves a folder below a prefix until the server is destroyed: rtcio_files_create(),
 * rtcio_server_on_http_prefix(), and a redirection from the prefix without its last "/".
 * @return as rtcio_files_create(), and ::RTCIO_E_INVALID for a prefix that does not start and end
 *         with "/"
 */
RTCIO_API int rtcio_server_serve_files(rtcio_server *server, const char *prefix, const char *folder,
                                       const rtcio_files_options *opt, char *why, size_t why_size);

/**
 * socket.io's serveClient: serves `socket.io.js`, `socket.io.min.js`, `socket.io.esm.min.js`,
 * `socket.io.msgpack.min.js` and the `.map` of each from a folder, directly below the endpoint's
 * path (Socket.IO spec 4.3), with CORS headers as the endpoint has them. Other names there are left
 * to the endpoint. Once for a server.
 * @param folder  `dist` of npm's socket.io-client, or `client-dist` of its socket.io
 * @return as rtcio_files_create()
 */
RTCIO_API int rtcio_server_serve_client(rtcio_server *server, const char *folder, char *why,
                                        size_t why_size);

#ifdef __cplusplus
}
#endif

#endif
