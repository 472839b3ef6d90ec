/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */

/* What a run has found, for people and for programs. */

#include "bench/report.h"

#include <inttypes.h>

struct figures {
    double wall_s, cpu_s, own_share;
    uint64_t work;
    double per_wall_s, per_cpu_s;
    double bytes_per_connection, growth;
    double cpu_us_per_ping;
};

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static struct figures compute(const struct bench_run *run)
{
    struct figures f;
    f.work = run->end.work - run->begin.work;
    f.wall_s = (double)(run->end.wall_ns - run->begin.wall_ns) / 1e9;
    f.cpu_s = (double)(run->end.server_cpu_ns - run->begin.server_cpu_ns) / 1e9;
    f.own_share = ratio((double)(run->end.own_cpu_ns - run->begin.own_cpu_ns) / 1e9, f.wall_s);
    f.per_wall_s = ratio((double)f.work, f.wall_s);
    f.per_cpu_s = ratio((double)f.work, f.cpu_s);
    f.bytes_per_connection =
        ratio((double)run->rss_after - (double)run->rss_before, (double)run->n_idle);
    f.growth = ratio((double)run->rss_after - (double)run->rss_before, (double)f.work);
    f.cpu_us_per_ping = ratio((double)run->idle_cpu_ns / 1e3, (double)run->n_idle_pings);
    return f;
}

bool rtcio__bench_report_is_clean(const struct bench_run *run)
{
    const struct bench_tally *t = &run->tally;
    return run->error[0] == '\0' && t->failed == 0 && t->duplicated == 0 && t->reordered == 0 &&
           t->corrupted == 0 && t->sent == t->received;
}

static double us_at(const struct bench_run *run, double share)
{
    return (double)rtcio__bench_hist_at(&run->latency, share) / 1e3;
}

void rtcio__bench_report_table(const struct bench_run *run, FILE *out)
{
    const struct bench_options *opt = run->opt;
    const struct bench_tally *t = &run->tally;
    struct figures f = compute(run);
    fprintf(out, "%s: %s\n", opt->workload->name, opt->workload->text);
    fprintf(out, "  server      %s", opt->url);
    if (opt->pid != 0)
        fprintf(out, ", pid %ld", (long)opt->pid);
    fprintf(out, "\n  load        ");
    if (opt->pairs > 0)
        fprintf(out, "%" PRIu32 " pairs, %" PRIu32 " in flight each\n", opt->pairs, opt->in_flight);
    else if (opt->rooms_of > 0)
        fprintf(out, "%" PRIu32 " clients in rooms of %" PRIu32 "\n", opt->clients, opt->rooms_of);
    else
        fprintf(out, "%" PRIu32 " clients\n", opt->clients);
    fprintf(out, "  work        %" PRIu64 " %s in %.2f s\n", f.work, opt->workload->unit, f.wall_s);
    fprintf(out, "  speed       %.0f per second", f.per_wall_s);
    if (f.cpu_s > 0)
        fprintf(out, ", %.0f per second of the server's CPU time", f.per_cpu_s);
    fputc('\n', out);
    if (opt->workload->latency_of != NULL && run->latency.total > 0)
        fprintf(out, "  latency us  p50 %.0f  p90 %.0f  p99 %.0f  max %.0f  (%s)\n",
                us_at(run, 0.5), us_at(run, 0.9), us_at(run, 0.99),
                (double)run->latency.max_ns / 1e3, opt->workload->latency_of);
    if (opt->pid != 0)
        fprintf(out, "  server      CPU %.0f %%, memory %.1f MB, %.1f MB before\n",
                ratio(f.cpu_s, f.wall_s) * 100, (double)run->rss_after / 1e6,
                (double)run->rss_before / 1e6);
    if (run->passing && opt->pid != 0)
        fprintf(out, "  growth      %.1f bytes a session, %u descriptors, %u before\n", f.growth,
                run->fds_after, run->fds_before);
    if (run->n_idle > 0 && opt->pid != 0)
        fprintf(out, "  idle        %.0f bytes a connection\n", f.bytes_per_connection);
    if (run->n_idle_pings > 0)
        fprintf(out, "  pings       %" PRIu64 " answered, %.1f us of server CPU time each\n",
                run->n_idle_pings, f.cpu_us_per_ping);
    else if (run->n_idle > 0 && opt->seconds > 0)
        fprintf(out, "  pings       none came in %g s; hold longer than the ping interval\n",
                opt->seconds);
    fprintf(out, "  generator   CPU %.0f %%", f.own_share * 100);
    if (run->away_ns > 0)
        fprintf(out, ", for %.0f ms did not run and sent nothing", (double)run->away_ns / 1e6);
    fputc('\n', out);
    fprintf(out,
            "  wrong       lost %" PRIu64 "  duplicated %" PRIu64 "  reordered %" PRIu64
            "  corrupted %" PRIu64 "  failed %" PRIu64 "\n",
            t->sent - t->received, t->duplicated, t->reordered, t->corrupted, t->failed);
}

static void json_string(FILE *out, const char *s)
{
    fputc('"', out);
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

void rtcio__bench_report_json(const struct bench_run *run, FILE *out)
{
    const struct bench_options *opt = run->opt;
    const struct bench_tally *t = &run->tally;
    struct figures f = compute(run);
    fprintf(out, "{\"workload\":\"%s\",\"unit\":\"%s\",\"url\":", opt->workload->name,
            opt->workload->unit);
    json_string(out, opt->url);
    fprintf(out,
            ",\"pairs\":%" PRIu32 ",\"clients\":%" PRIu32 ",\"rooms_of\":%" PRIu32
            ",\"in_flight\":%" PRIu32,
            opt->pairs, opt->clients, opt->rooms_of, opt->in_flight);
    fprintf(out, ",\"work\":%" PRIu64 ",\"seconds\":%.6f,\"work_per_second\":%.3f", f.work,
            f.wall_s, f.per_wall_s);
    fprintf(out,
            ",\"latency_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f,"
            "\"readings\":%" PRIu64 "}",
            us_at(run, 0.5), us_at(run, 0.9), us_at(run, 0.99), (double)run->latency.max_ns / 1e3,
            run->latency.total);
    fprintf(out,
            ",\"lost\":%" PRIu64 ",\"duplicated\":%" PRIu64 ",\"reordered\":%" PRIu64
            ",\"corrupted\":%" PRIu64 ",\"failed\":%" PRIu64,
            t->sent - t->received, t->duplicated, t->reordered, t->corrupted, t->failed);
    fprintf(out, ",\"generator_cpu_share\":%.4f", f.own_share);
    if (opt->rate > 0)
        fprintf(out, ",\"generator_away_ms\":%.1f", (double)run->away_ns / 1e6);
    if (opt->pid != 0) {
        fprintf(out,
                ",\"work_per_cpu_second\":%.3f,\"server\":{\"pid\":%ld,\"cpu_seconds\":%.6f,"
                "\"cpu_share\":%.4f,\"rss_before_bytes\":%" PRIu64 ",\"rss_bytes\":%" PRIu64 "}",
                f.per_cpu_s, (long)opt->pid, f.cpu_s, ratio(f.cpu_s, f.wall_s), run->rss_before,
                run->rss_after);
    }
    if (run->passing && opt->pid != 0)
        fprintf(out,
                ",\"growth_bytes_per_session\":%.2f,\"descriptors_before\":%u,\"descriptors\":%u",
                f.growth, run->fds_before, run->fds_after);
    if (run->n_idle > 0 && opt->pid != 0)
        fprintf(out, ",\"bytes_per_connection\":%.1f", f.bytes_per_connection);
    if (run->n_idle > 0)
        fprintf(out, ",\"pings\":%" PRIu64, run->n_idle_pings);
    if (run->n_idle_pings > 0 && opt->pid != 0)
        fprintf(out, ",\"cpu_us_per_ping\":%.3f", f.cpu_us_per_ping);
    fputs(",\"error\":", out);
    if (run->error[0] != '\0')
        json_string(out, run->error);
    else
        fputs("null", out);
    fputs("}\n", out);
}
