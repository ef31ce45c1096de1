"""Arithmetic on untrusted text, without running it: the result can only be a number.

An expression is parsed by Python and walked here; what is not a number, an operator or one of the
functions below is refused. Its length, its depth and the size of whole numbers are bounded, so
that no expression takes long.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

from tickertape.errors import ToolError

__all__ = ["evaluate"]

_LONGEST = 500
_DEEPEST = 50
# Bits of a whole number: about 1,200 digits, far from the 4,300 at which Python refuses to write
# one (docs.python.org/3/library/stdtypes.html#int-max-str-digits).
_LARGEST = 4_096

_Number = int | float


def _rounded(number: _Number, digits: int = 0) -> _Number:
    """Round to a place, bounded by the places that a number can have."""
    return round(number, max(-_LARGEST, min(_LARGEST, digits))) if digits else round(number)


_FUNCTIONS: Mapping[str, Callable[..., _Number]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "ceil": math.ceil,
    "cos": math.cos,
    "degrees": math.degrees,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "radians": math.radians,
    "round": _rounded,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
_CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}

# How people write operators that Python writes otherwise.
_SPELLINGS = str.maketrans({"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-"})


def evaluate(expression: str) -> str:
    """Work out an arithmetic expression.

    It may have numbers, `+ - * / // % **` (`^` is a power too), parentheses, `pi`, `e` and the
    usual functions. Whole numbers are exact; others are given with 12 significant digits, so that
    0.1+0.2 is 0.3.

    Raises:
        ToolError: when it is no such expression, is too large, or has no real result.
    """
    text = expression.strip().translate(_SPELLINGS)
    if len(text) > _LONGEST:
        raise ToolError(f"The expression is too long: at most {_LONGEST} characters.")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ToolError("This is not an arithmetic expression, such as (2+3)*4.") from None
    try:
        return _shown(_value(tree.body, 0))
    except ZeroDivisionError:
        raise ToolError("Division by zero.") from None
    except OverflowError:
        raise ToolError("The result is too large.") from None
    except (TypeError, ValueError) as error:
        raise ToolError(f"There is no result: {error}.") from None


def _value(node: ast.expr, depth: int) -> _Number:
    if depth > _DEEPEST:
        raise ToolError("The expression has too many levels.")
    match node:
        case ast.Constant(value=bool()):
            raise ToolError("Only numbers can be calculated with.")
        case ast.Constant(value=int() | float() as number):
            return _bounded(number)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, depth + 1)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, depth + 1)
        case ast.BinOp(left=left, op=operator, right=right):
            return _bounded(_binary(operator, _value(left, depth + 1), _value(right, depth + 1)))
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
            return _bounded(_FUNCTIONS[name](*(_value(inner, depth + 1) for inner in given)))
        case _:
            known = ", ".join([*_FUNCTIONS, *_CONSTANTS])
            part = ast.unparse(node)[:40]
            raise ToolError(f"{part!r} is not allowed: only numbers, + - * / // % ** and {known}.")


def _binary(operator: ast.operator, left: _Number, right: _Number) -> _Number:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.FloorDiv():
            return left // right
        case ast.Mod():
            return left % right
        case ast.Pow():
            return _power(left, right)
        case _:
            raise ToolError("The operators are + - * / // % and **.")


def _power(base: _Number, exponent: _Number) -> _Number:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(base) > 1 and abs(exponent) * int(base).bit_length() > 2 * _LARGEST:
        raise OverflowError
    result: object = base**exponent
    if not isinstance(result, int | float):
        raise ToolError("There is no result: it is not a real number.")
    return result


def _bounded(number: _Number) -> _Number:
    if isinstance(number, int) and number.bit_length() > _LARGEST:
        raise OverflowError
    if isinstance(number, float) and not math.isfinite(number):
        raise OverflowError
    return number


def _shown(number: _Number) -> str:
    if isinstance(number, int):
        return str(number)
    return f"{number:.12g}"
