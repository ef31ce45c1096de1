"""Words that end with a full stop and do not end a sentence, in the languages that models write.

The lists hold what people write in running text; they are compared without regard to case. What is
missing costs a pause in the wrong place, never a word.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BEFORE_NUMBERS", "INNER", "MAYBE_LAST"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


INNER: Final = _words(
    # English
    "mr mrs ms mx dr prof st gen sen rep gov lt col capt cmdr sgt maj rev hon pres supt messrs mt "
    "e.g i.e eg ie cf vs viz al approx ca incl excl resp dept est ext assn bros "
    # German
    "z.b d.h u.a o.ä s.o s.u i.d.r v.a m.e bzw evtl ggf vgl sog inkl exkl zzgl bspw hr fr frl dipl "
    # French, Spanish, Portuguese, Italian, Dutch
    "mme mlle mm p.ex sra srta dra ud uds p.ej sig dott ing bijv d.w.z o.a mevr dhr "
    # Russian
    "т.е т.к т.н напр см ул им гг"
)
"""A sentence never ends behind these."""

BEFORE_NUMBERS: Final = _words(
    "no nos nr núm p pp pag pág s fig figs abb eq sec ch chap vol ed art par para abs kap tab ver "
    "v jan feb mar apr jun jul aug sep sept oct nov dec min max с стр рис табл № "
)
"""A sentence ends behind these unless a number follows."""

MAYBE_LAST: Final = _words(
    "etc inc ltd co corp jr sr esq bros dept a.m p.m ph.d m.d b.c a.d usw u.s.w ecc enz т.д т.п др "
    "uvm u.v.m"
)
"""A sentence ends behind these where the next word is not written small."""
