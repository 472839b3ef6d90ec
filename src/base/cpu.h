/* SPDX-License-Identifier: MIT
 * Copyright (c) 2026 the rtcio authors */
#ifndef RTCIO_BASE_CPU_H
#define RTCIO_BASE_CPU_H

/* What the processor can do beyond what the compiler was told. Asked once, when the program is
 * loaded; a question costs a load and a branch. Code for it carries RTCIO__AVX2_BEGIN and _END
 * around it. */

#include <stdbool.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define RTCIO__HAVE_AVX2 1

static inline bool rtcio__cpu_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

#ifdef __clang__
#define RTCIO__AVX2_BEGIN \
    _Pragma("clang attribute push(__attribute__((target(\"avx2,bmi\"))), apply_to = function)")
#define RTCIO__AVX2_END _Pragma("clang attribute pop")
#else
#define RTCIO__AVX2_BEGIN _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,bmi\")")
#define RTCIO__AVX2_END   _Pragma("GCC pop_options")
#endif
#endif

#endif
