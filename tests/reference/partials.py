#!/usr/bin/env python3
"""Derivatives of the elementary functions, all over their domains, to the last bit of a double.

    python3 tests/reference/partials.py > tests/reference/partials.txt

A line is: function, number of the operand, operands, derivative with respect to that operand. The
derivatives are computed with 2500 bits by mpmath 1.3 and rounded once. The points are tiny, huge, in
between, and close to zeros and singularities; the choice is the same in every run.
"""

import math
import random

from mpmath import mp, mpf

mp.prec = 2500
random.seed(1)


def rounded(x):
    """The double nearest to x, subnormals and overflow included (mpmath rounds twice there)."""
    if mp.isnan(x) or mp.isinf(x):
        return float(x)
    if x == 0:
        return 0.0
    exponent = max(int(mp.floor(mp.log(abs(x), 2))) - 52, -1074)
    scaled = mp.nint(x / mpf(2) ** exponent)
    if abs(scaled) * mpf(2) ** exponent >= mpf(2) ** 1024:
        return math.inf if x > 0 else -math.inf
    return math.ldexp(int(scaled), exponent) if abs(scaled) < 2**53 else float(scaled) * 2.0**exponent


def scales(low, high, count):
    """Positive numbers with exponents from low to high."""
    step = (high - low) / (count - 1)
    return [math.ldexp(random.uniform(1, 2), round(low + step * i)) for i in range(count)]


def around(x, count=5):
    """Doubles that come closer and closer to x from both sides, and x."""
    near = [x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf)]
    near += [x * (1 + sign * 2.0**-e) for e in (4, 13, 26, 40)[:count] for sign in (1, -1)]
    return near


def signed(points):
    return points + [-x for x in points]


EVERYWHERE = signed(scales(-1074, 1023, 24) + scales(-8, 3, 12))
POSITIVE = scales(-1074, 1023, 30) + scales(-6, 3, 12) + around(1.0)
ANGLES = signed(scales(-1074, 300, 16) + scales(-6, 6, 14)) + [
    x for k in (1, 2, 3, 11, 355) for x in around(k * math.pi / 2, 2)
]
UNIT = signed(scales(-1074, -1, 14) + [1 - 2.0**-e for e in (1, 2, 3, 8, 20, 30, 45, 53)])
EXPONENTS = signed(scales(-1074, -1, 10) + [random.uniform(0, 745) for _ in range(24)])


def softplus_slope(x):
    return 1 / (1 + mp.exp(-x))


ONE = {
    "sin": (ANGLES, mp.cos),
    "cos": (ANGLES, lambda x: -mp.sin(x)),
    "tan": (ANGLES, lambda x: 1 / mp.cos(x) ** 2),
    "asin": (UNIT, lambda x: 1 / mp.sqrt(1 - x * x)),
    "acos": (UNIT, lambda x: -1 / mp.sqrt(1 - x * x)),
    "atan": (EVERYWHERE, lambda x: 1 / (1 + x * x)),
    "sinh": (EXPONENTS, mp.cosh),
    "cosh": (EXPONENTS, mp.sinh),
    "tanh": (EXPONENTS + EVERYWHERE, lambda x: 1 / mp.cosh(x) ** 2 if abs(x) < 1000 else mpf(0)),
    "asinh": (EVERYWHERE, lambda x: 1 / mp.sqrt(1 + x * x)),
    "acosh": (
        [1 + s for s in scales(-52, 3, 16)] + scales(4, 1023, 12),
        lambda x: 1 / mp.sqrt(x * x - 1),
    ),
    "atanh": (UNIT, lambda x: 1 / (1 - x * x)),
    "exp": (EXPONENTS, mp.exp),
    "exp2": (
        signed([random.uniform(0, 1074) for _ in range(20)] + scales(-1074, -1, 8)),
        lambda x: mpf(2) ** x * mp.ln(2),
    ),
    "exp_m1": (EXPONENTS, mp.exp),
    "ln": (POSITIVE, lambda x: 1 / x),
    "log2": (POSITIVE, lambda x: 1 / (x * mp.ln(2))),
    "log10": (POSITIVE, lambda x: 1 / (x * mp.ln(10))),
    "ln_1p": (
        POSITIVE + [-x for x in scales(-1074, -2, 10)] + [-1 + 2.0**-e for e in (2, 9, 30, 53)],
        lambda x: 1 / (1 + x),
    ),
    "sqrt": (POSITIVE, lambda x: 1 / (2 * mp.sqrt(x))),
    "cbrt": (EVERYWHERE, lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
    "recip": (signed(POSITIVE), lambda x: -1 / (x * x)),
    "sigmoid": (
        EXPONENTS + EVERYWHERE,
        lambda x: mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2 if abs(x) < 2000 else mpf(0),
    ),
    "softplus": (
        EXPONENTS + EVERYWHERE,
        lambda x: softplus_slope(x) if abs(x) < 2000 else mpf(x > 0),
    ),
    "log_sigmoid": (
        EXPONENTS + EVERYWHERE,
        lambda x: softplus_slope(-x) if abs(x) < 2000 else mpf(x < 0),
    ),
}

PAIRS = [
    (a, b)
    for e in (-1060, -600, -300, -20, 0, 20, 300, 600, 1000)
    for f in (-40, -3, 0, 3, 40)
    if -1074 <= e + f <= 1022
    for a, b in [(random.choice((1, -1)) * math.ldexp(random.uniform(1, 2), e),
                  random.choice((1, -1)) * math.ldexp(random.uniform(1, 2), e + f))]
]
POWERS = [
    (math.ldexp(random.uniform(1, 2), e), random.uniform(-1, 1) * min(40, 1000 / (abs(e) + 1)))
    for e in range(-1000, 1001, 50)
] + [(1 + 2.0**-k, random.uniform(1, 50)) for k in (10, 20, 30, 52)]

TWO = {
    "powf": (
        POWERS,
        lambda x, p: p * x ** (p - 1),
        lambda x, p: x**p * mp.ln(x),
    ),
    "hypot": (
        PAIRS,
        lambda x, y: x / mp.sqrt(x * x + y * y),
        lambda x, y: y / mp.sqrt(x * x + y * y),
    ),
    "atan2": (
        PAIRS,
        lambda y, x: x / (x * x + y * y),
        lambda y, x: -y / (x * x + y * y),
    ),
    "log": (
        [(x, b) for x, b in zip(scales(-1000, 1000, 25), [2.0, 10.0, 0.3, 1.01, 1e100] * 5)],
        lambda x, b: 1 / (x * mp.ln(b)),
        lambda x, b: -mp.ln(x) / (b * mp.ln(b) ** 2),
    ),
    "div": (
        PAIRS,
        lambda x, y: 1 / y,
        lambda x, y: -x / (y * y),
    ),
}


def main():
    for name, (points, slope) in ONE.items():
        for x in sorted(set(points)):
            print(name, 0, repr(x), repr(rounded(slope(mpf(x)))))
    for name, (points, *slopes) in TWO.items():
        for x, y in points:
            for operand, slope in enumerate(slopes):
                print(name, operand, repr(x), repr(y), repr(rounded(slope(mpf(x), mpf(y)))))


main()
