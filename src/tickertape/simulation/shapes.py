"""The shapes of text that agents speak in: what stands between words, and Markdown with gaps.

The agents of a simulation use the letter z for nothing but what rendering may hide: where a link
leads, and in which language code is. The addresses that cannot be spelled so are `ADDRESSES`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ADDRESSES", "GLUE", "MARKUP", "PICTURES"]

ADDRESSES: Final = (
    "https://", "http://localhost:8080/", "mailto:", "tel:+49305550100",
)  # fmt: skip
"""What addresses begin with here, or are; none of it is the beginning of another one."""

GLUE: Final = (
    " ", " ", " ", " ", ", ", ". ", "\n", "\n\n", "🚀 ", "a\u030a ", "\t\u202e ", "\x07", " **",
    "** ", " _", "_ ", "\n# ", "\n```\n", "\n- ", " | ", " 日本語 ", "👩‍👩‍👧 ", "`",
)  # fmt: skip
"""What may stand between the words; Markdown, blanks and characters that platforms drop or count
differently. None of it puts letters anywhere that formatting would hide."""

PICTURES: Final = ("🇩🇪🇫🇷", "🇯🇵", "👩‍👩‍👧‍👦", "🏳️‍🌈👩🏽‍🚀", "🚀🇺🇳👨‍🌾")
"""Pictures of several characters each: flags, which are pairs of letters, and what is joined."""

_STYLES: Final = (
    "**{}** ", "*{} {}* ", "***{}*** ", "~~{}~~ ", "__{} *{}*__ ", "`{}` ", "**{}`{}`{}** ",
    "<b>{}</b> ", "<u>{}</u> ", "{}<br>{} ", "{} &amp; {} ", "\\*{}\\* ", "||{}|| ", "{} < {} > ",
    "{} @someone #{} /{} ", "**🚀 {}** ", "_日本語 {}_ ", "{} 🇩🇪🇫🇷 **🇯🇵 {}** ",
)  # fmt: skip
_LINKS: Final = (
    "[{}](https://z.zz/zz) ", "[**{}** {}](https://z.zz/z_z) ",
    "[{}](z/zz.z) ", "![{}](https://z.zz) ",
    "[{}](mailto:z@zz.zz) ", "<https://z.zz/z> ", "https://z.zz/zz ", "\n\n[{}]: https://z.zz/zz\n\n",
    '[{}](https://z.zz/zz "zz z") ', "[{}](https://z.zz/zz 'zz') ", '![{}](https://z.zz/z "z") ',
    "[{}](http://localhost:8080/zz) ", "[**{}** {}](<http://localhost:8080/z> (zz)) ",
    "<http://localhost:8080/z> ", "http://localhost:8080/zz ", "\n- [{}](http://localhost:8080/z)\n",
    "[{}](tel:+49305550100) ", '[{} `{}`](tel:+49305550100 "z") ', "<tel:+49305550100> ",
    '[{}](mailto:z@zz.zz "zz") ', "<mailto:z@zz.zz> ", "\n> [{}](tel:+49305550100)\n\n",
    "\n\n[{}]: http://localhost:8080/z 'zz'\n\n",
    "\n| [{}](mailto:z@zz.zz) | {} |\n|-|-|\n| {} |\n\n",
)  # fmt: skip
_CODE: Final = (
    "\n```zz\n{} = {}\n```\n", "\n~~~\n{}\n\n{}\n~~~\n", "\n    {}\n",
    "\n~~~\n\\({}\\) {}\n~~~\n", "\n~~~zz\n\\[{}\\]\n${}$\n~~~\n", "\n~~~~\n~~~\n\\({}\n~~~~\n",
    "\n- {}\n  ~~~\n  \\({}\\)\n  ~~~\n", "`\\({}\\)` ", "\n```\n\\[{}\n$$\n```\n",
)  # fmt: skip
_FORMULAS: Final = (
    "${}^2$ ", "\\({}\\) ", "\n$$\n{}\n$$\n", "\n\\[{}\\]\n", "$5 {} 10$ ",
    "${} + {}$ ", "{} $${}$$ ", "\\(\\frac{{{}}}{{{}}}\\) ", "{} \\[{}\\] {} ",
    "\n$$ {} $$\n", "\n\\[\n{} = {}\n\\]\n", "\n\\({}\\)\n", "\n${}_{{{}}}$\n",
    "\n$$\n\\sqrt{{{}}}\n\\cdot {}\n$$\n", "**\\({}\\)** ", "[${}$](https://z.zz) ",
    "\n- ${}$\n- \\({}\\)\n- $${}$$\n- \\[{}\\]\n",
    "\n1. {}\n   $$\n   {}\n   $$\n2. \\({}\\) {}\n",
    "\n- {}\n\n  \\[\n  {}\n  \\]\n", "\n> ${}$\n> \\[{}\\]\n\n", "\n# \\({}\\) ${}$\n",
    "\n| ${}$ | \\({}\\) |\n|---|---|\n| $${}$$ | {} |\n\n",
    "\\({} ", "$${} ", "\n\\[\n{}\n", "\\\\({}\\\\) ",
)  # fmt: skip
_BLOCKS: Final = (
    "\n# {}\n", "\n### {} **{}**\n",
    "\n- {}\n- {}\n", "\n- {}\n  - {}\n    - {}\n", "\n1. {}\n2. {}\n", "\n7. {}\n   - {}\n",
    "\n- [x] {}\n- [ ] {}\n", "\n1. {}\n\n   {}\n\n2. {}\n", "\n- {}\n  ```zzz\n  {}\n  ```\n",
    "\n> {}\n> **{}**\n\n", "\n> {}\n> > {}\n\n", "\n> - {}\n> - {}\n\n", "\n- {}\n  > {}\n\n",
    "\n| {} | {} |\n|:--|--:|\n| {} | **{}** |\n\n", "\n|{}|{}|{}|\n|-|:-:|-|\n|{}|\n||{}|{}|\n\n",
    "\n\n---\n\n", "\n***\n",
    "\n<details><summary>{}</summary>\n\n{}\n\n- {}\n\n</details>\n\n",
    "\n<details open>\n<summary>{}</summary>\n{}\n</details>\n\n",
    "\n<details>\n\n{}\n\n</details>\n\n",
    "\n<details><summary>**{}**</summary>\n\n~~~\n\\({}\\)\n~~~\n\n\\[{}\\]\n\n</details>\n\n",
    "\n<details><summary>{}</summary>\n{}\n<details><summary>{}</summary>\n\n{}\n\n</details>\n\n</details>\n\n",
    "\n- {}\n  <details><summary>{}</summary>\n\n  {}\n\n  </details>\n",
    "\n<details><summary>{}</summary>\n\n{} **{}**\n\n",
)  # fmt: skip

MARKUP: Final = _STYLES + _LINKS + _CODE + _FORMULAS + _BLOCKS
"""Markdown, mostly whole: what stands for a word is replaced by words of the answer."""
