"""The formula grammar of fixest: `outcome ~ exogenous | effects | endogenous ~ instruments`.

A term is a column, an arithmetic expression of columns (`log(x + 1)`, `I(x^2)`), a factor (`i(x)`, `factor(x)`)
or an interaction `a:b` of these; `a*b` stands for `a + b + a:b`. `0` or `-1` removes the constant. Effects are
columns or combinations of columns, `firm + industry^year`.
"""

from __future__ import annotations

from dataclasses import dataclass

from keytech.econometrics.errors import EstimationError

_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True)
class Formula:
    """A parsed formula; every name is as the author wrote it, blanks removed."""

    outcome: str
    exogenous: tuple[str, ...]
    intercept: bool
    effects: tuple[tuple[str, ...], ...] = ()
    endogenous: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()

    @property
    def effect_names(self) -> tuple[str, ...]:
        return tuple("^".join(columns) for columns in self.effects)


def split_top(text: str, separator: str) -> list[str]:
    """Split at a one-character separator that is outside brackets, backticks and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for position, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "`'\"":
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    if depth or quote:
        raise EstimationError(f"unbalanced brackets or quotes in formula part {text.strip()!r}")
    return [*parts, text[start:]]


def parse_formula(text: str) -> Formula:
    """Read a formula; raises EstimationError that quotes the part at fault."""
    pieces = [piece.strip() for piece in _split_bars(text)]
    if not text.strip():
        raise EstimationError('the specification needs a formula, such as "y ~ x1 + x2 | firm + year"')
    sides = split_top(pieces[0], "~")
    if len(sides) != 2 or not sides[0].strip():
        raise EstimationError(f"formula {text!r} needs one '~' between the outcome and the regressors")
    if not sides[1].strip():
        raise EstimationError(f"formula {text!r} names no regressor; write '~ 1' for a constant only")
    exogenous, intercept = parse_terms(sides[1])
    effects_text, iv_text = _effects_and_iv(pieces[1:], text)
    endogenous, instruments = _parse_iv(iv_text, text)
    effects = _parse_effects(effects_text)
    if _tidy(sides[0]) in {*exogenous, *endogenous, *instruments}:
        raise EstimationError(f"{_tidy(sides[0])!r} is the outcome and a regressor or instrument at once")
    both = set(exogenous) & set(endogenous)
    if both:
        raise EstimationError(f"terms {sorted(both)} are both exogenous and endogenous")
    if loops := sorted(set(instruments) & {*endogenous, *exogenous}):
        raise EstimationError(f"terms {loops} are instruments and regressors at once")
    return Formula(_tidy(sides[0]), exogenous, intercept, effects, endogenous, instruments)


def _split_bars(text: str) -> list[str]:
    pieces = split_top(text, "|")
    if len(pieces) > 3:
        raise EstimationError(f"formula {text!r} has more than three parts separated by '|'")
    return pieces


def _effects_and_iv(parts: list[str], text: str) -> tuple[str, str]:
    has_tilde = [len(split_top(part, "~")) > 1 for part in parts]
    if not parts:
        return "", ""
    if len(parts) == 1:
        return ("", parts[0]) if has_tilde[0] else (parts[0], "")
    if has_tilde != [False, True]:
        raise EstimationError(f"the third part of {text!r} must read 'endogenous ~ instruments'")
    return parts[0], parts[1]


def _parse_iv(text: str, whole: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not text:
        return (), ()
    left, right = split_top(text, "~")[:2]
    endogenous, instruments = parse_terms(left)[0], parse_terms(right)[0]
    if not endogenous or not instruments:
        raise EstimationError(f"the instrument part of {whole!r} names no endogenous term or no instrument")
    return endogenous, instruments


def _parse_effects(text: str) -> tuple[tuple[str, ...], ...]:
    if text.strip() in ("", "0", "1"):
        return ()
    effects = []
    for part in split_top(text, "+"):
        if "[" in part:
            raise EstimationError(f"varying slopes ({part.strip()}) are not supported; interact explicitly")
        columns = tuple(column.strip().strip("`") for column in split_top(part, "^"))
        if not all(columns):
            raise EstimationError(f"empty effect in {text!r}")
        if columns not in effects:
            effects.append(columns)
    return tuple(effects)


def parse_terms(text: str) -> tuple[tuple[str, ...], bool]:
    """Terms of a sum, `a*b` expanded, duplicates removed; and whether the constant stays."""
    terms, intercept = [], True
    for position, (sign, piece) in enumerate(_signed_pieces(text)):
        name = _tidy(piece)
        if not name and position:
            raise EstimationError(f"a term is missing beside '+' or '-' in {text.strip()!r}")
        if name in ("", "1"):
            intercept = intercept and not (name == "1" and sign == "-")
        elif name == "0":
            intercept = sign == "-"
        elif sign == "-":
            terms = [term for term in terms if term != name]
        else:
            terms += [term for term in _expand_star(name) if term not in terms]
    return tuple(terms), intercept


def _signed_pieces(text: str) -> list[tuple[str, str]]:
    pieces = []
    for plus_part in split_top(text, "+"):
        first, *rest = split_top(plus_part, "-")
        pieces.append(("+", first))
        pieces += [("-", piece) for piece in rest]
    return pieces


def _expand_star(term: str) -> list[str]:
    factors = split_top(term, "*")
    if len(factors) == 1:
        return [term]
    expanded: list[str] = []
    for factor in factors:
        expanded += [factor, *[f"{previous}:{factor}" for previous in expanded]]
    return sorted(expanded, key=lambda name: name.count(":"))


def _tidy(text: str) -> str:
    """Remove blanks outside quotes and backticks."""
    quote, kept = "", []
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "`'\"":
            quote = char
        elif char.isspace():
            continue
        kept.append(char)
    return "".join(kept)
