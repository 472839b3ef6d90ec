/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* Packets to be sent: measured once, then written straight into the receiver's queue. */

#include "base/buf.h"
#include "socketio/internal.h"

#include <string.h>

/* Length of the event name as a JSON string. */
static size_t json_string_len(rtcio_slice s)
{
    /* What escaping adds: \b \f \n \r \t \" \\ one character, \u00xx five. */
    static const uint8_t more[256] = {
        5, 5, 5, 5, 5, 5, 5, 5, 1, 1, 1, 5, 1, 1, 5, 5,         5,
        5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, ['"'] = 1, ['\\'] = 1,
    };
    size_t len = s.len + 2;

    for (size_t i = 0; i < s.len; i++)
        len += more[(unsigned char)s.data[i]];
    return len;
}

static char *write_json_string(char *at, rtcio_slice s, size_t json_len)
{
    if (json_len == s.len + 2) {
        *at++ = '"';
        memcpy(at, s.data, s.len);
        at[s.len] = '"';
        return at + s.len + 1;
    }
    struct rtcio__buf b = {0};
    if (rtcio__buf_append_json_string(&b, s.data, s.len) == 0 && b.len == json_len)
        memcpy(at, b.data, b.len);
    else {
        /* Memory is short: an event with a name of spaces is harmless. */
        memset(at, ' ', json_len);
        at[0] = at[json_len - 1] = '"';
    }
    rtcio__buf_fini(&b);
    return at + json_len;
}

static enum rtcio__sio_type wire_type(const struct rtcio__packet_out *out)
{
    if (out->n_attachments == 0)
        return out->type;
    return out->type == RTCIO__SIO_ACK ? RTCIO__SIO_BINARY_ACK : RTCIO__SIO_BINARY_EVENT;
}

/* Type, attachments, namespace and id, with the Engine.IO type in front. */
static size_t write_prefix(const struct rtcio__packet_out *out, char *at)
{
    at[0] = RTCIO__EIO_MESSAGE;
    return 1 + rtcio__sio_prefix(at + 1, wire_type(out), (unsigned)out->n_attachments,
                                 out->nsp->name, out->nsp->name_len, out->id.data, out->id.len);
}

static size_t prefix_len(const struct rtcio__packet_out *out)
{
    size_t len = 2; /* the two types */

    if (out->n_attachments > 0)
        len += out->n_attachments > 9 ? 3 : 2;
    if (out->nsp->name_len > 1)
        len += out->nsp->name_len + 1;
    return len + out->id.len;
}

size_t rtcio__packet_measure(struct rtcio__packet_out *out)
{
    out->args_len = 0;
    for (size_t i = 0; i < out->n_args; i++)
        out->args_len += out->args[i].len;
    out->event_json_len = out->event.data != NULL ? json_string_len(out->event) : 0;
    bool comma = out->event.data != NULL && out->args_len > 0;
    size_t offset_len = out->offset.len > 0 ? 1 + out->offset.len : 0;
    return prefix_len(out) + 2 + out->event_json_len + (comma ? 1 : 0) + out->args_len + offset_len;
}

void rtcio__packet_write(const struct rtcio__packet_out *out, char *at)
{
    at += write_prefix(out, at);
    *at++ = '[';
    if (out->event.data != NULL) {
        at = write_json_string(at, out->event, out->event_json_len);
        if (out->args_len > 0)
            *at++ = ',';
    }
    for (size_t i = 0; i < out->n_args; i++) {
        if (out->args[i].len == 0)
            continue;
        memcpy(at, out->args[i].data, out->args[i].len);
        at += out->args[i].len;
    }
    if (out->offset.len > 0) {
        *at++ = ',';
        memcpy(at, out->offset.data, out->offset.len);
        at += out->offset.len;
    }
    *at = ']';
}

int rtcio__packet_send(struct rtcio__packet_out *out, struct rtcio__session *s)
{
    int error;
    size_t len = rtcio__packet_measure(out);
    char *at = rtcio__session_begin_text(s, len, &error);

    if (at == NULL)
        return error;
    rtcio__packet_write(out, at);
    error = rtcio__session_commit(s);
    for (size_t i = 0; i < out->n_attachments && error == 0; i++)
        error = rtcio__session_send_binary(s, out->attachments[i].data, out->attachments[i].len);
    if (error == 0 && rtcio__session_busy(s))
        return RTCIO_BUSY;
    return error;
}

int rtcio__packet_send_json(struct rtcio__session *s, enum rtcio__sio_type type, const char *nsp,
                            size_t nsp_len, const char *json, size_t json_len)
{
    int error;
    size_t prefix = 2 + (nsp_len > 1 ? nsp_len + 1 : 0);
    char *at = rtcio__session_begin_text(s, prefix + json_len, &error);

    if (at == NULL)
        return error;
    at[0] = RTCIO__EIO_MESSAGE;
    at += 1 + rtcio__sio_prefix(at + 1, type, 0, nsp, nsp_len, NULL, 0);
    if (json_len > 0)
        memcpy(at, json, json_len);
    return rtcio__session_commit(s);
}
