r"""Raw cells to typed values: what counts as blank, as a number, as a date; everything else rejects its row.

Every cell is first text without surrounding white space (blanks, tabs, line ends, no-break and ideographic spaces,
byte-order marks, zero-width spaces), without the `="..."` that keeps Excel from eating zeros; an empty one is null.

* varchar: the text as it is. Numeric cells of typed files print whole numbers without `.0`, so codes stay codes.
* bigint, integer, double, decimal: `-?`, digits, point, exponent; full-width digits, signs and points count as half-width
  ones; thousands separators only where they group by threes (`1,234.5`). `-`, `--`, `---`, `—`, `——`, `.`, `..`,
  `...`, `/`, `na`, `n/a`, `#n/a`, `n.a.`, `nan`, `null`, `none`, `nil`, `\n` (a backslash and n) in any case are null.
  Rejected: words (暂无), percent signs and currency signs (the unit would change in silence), `1,5`, infinity, numbers that do
  not fit the type, fractions in a whole-number column. decimal rounds half away from zero to its scale.
* date: `2015-07-21`, `2015/7/21`, `2015.7.21`, `20150721`, `2015年7月21日`, each also with a time of day, which is dropped; native
  dates of Excel, Stata and Parquet. The null tokens are those of numbers. Rejected: impossible dates, other orders of
  day and month, bare serial numbers.
* boolean: true, false, yes, no, y, n, t, f, 1, 0, 是, 否.

A row whose mapped cells are all null is no record: it is counted as blank, neither landed nor rejected.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from keytech.landing.contracts import Column, Table

# White space, no-break, zero-width and ideographic spaces, byte-order mark.
SPACE = " \t\n\x0b\x0c\r\xa0\u200b\u3000\ufeff"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_GROUPED = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"
_DATE = (
    r"([1-9]\d{3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"([ T]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?"
)
_NULLS = ("-", "--", "---", "—", "——", ".", "..", "...", "/", "na", "n/a", "#n/a", "n.a.", "nan")
_NULLS += ("null", "none", "nil", r"\n")
_TRUE, _FALSE = ("true", "yes", "y", "t", "1", "是"), ("false", "no", "n", "f", "0", "否")


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


MACROS = (
    """create macro half_width(t) as
        translate(t, '０１２３４５６７８９．，－﹣−＋／：ｅＥ', '0123456789.,---+/:eE')""",
    f"""create macro says_null(t) as lower(half_width(t)) in ({_listed(_NULLS)})""",
    f"""create macro number_text(t) as case
        when regexp_full_match(half_width(t), '{_NUMBER}') then half_width(t)
        when regexp_full_match(half_width(t), '{_GROUPED}') then replace(half_width(t), ',', '') end""",
    """create macro as_double(t) as
        nullif(nullif(try_cast(number_text(t) as double), 'infinity'::double), '-infinity'::double)""",
    """create macro whole(x) as case when x = trunc(x) and abs(x) < 9007199254740992 then x::bigint end""",
    """create macro as_bigint(t) as case
        when regexp_full_match(number_text(t), '[+-]?\\d+') then try_cast(number_text(t) as bigint)
        else whole(try_cast(number_text(t) as double)) end""",
    f"""create macro date_text(t) as case
        when regexp_full_match(half_width(t), '[1-9]\\d{{7}}')
        then regexp_replace(half_width(t), '^(\\d{{4}})(\\d{{2}})(\\d{{2}})$', '\\1-\\2-\\3')
        when regexp_full_match(half_width(t), '{_DATE}')
        then regexp_replace(half_width(t), '^{_DATE}$', '\\1-\\2-\\3') end""",
    f"""create macro as_boolean(t) as case
        when lower(t) in ({_listed(_TRUE)}) then true when lower(t) in ({_listed(_FALSE)}) then false end""",
)


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def cleaned(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Raw strings without surrounding space and `="..."`; null where nothing is left."""
    texts = pc.utf8_trim(texts, SPACE)
    if pc.any(pc.starts_with(texts, '="')).as_py():
        texts = pc.utf8_trim(pc.replace_substring_regex(texts, '^="(.*)"$', r"\1"), SPACE)
    return pc.if_else(pc.equal(texts, ""), None, texts)


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow column holds strings."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def text_of(name: str, kind: pa.DataType, column: Column) -> str:
    """SQL for the text of a raw column of Arrow type `kind`; whole floats print without `.0`."""
    cell = quoted(name)
    if pa.types.is_floating(kind) or (pa.types.is_decimal(kind) and kind.scale > 0):
        whole = f"{cell} = trunc({cell}) and abs({cell}) < 1e18"
        blank = f"isnan({cell}::double)" if pa.types.is_floating(kind) else "false"
        return (
            f"case when {blank} then null when {whole} then {cell}::bigint::varchar else {cell}::varchar end"
        )
    if pa.types.is_timestamp(kind):
        midnight = f"{cell} = date_trunc('day', {cell})"
        return f"case when {midnight} then {cell}::date::varchar else {cell}::varchar end"
    if pa.types.is_boolean(kind) and column.data_type not in ("varchar", "boolean"):
        return f"{cell}::int::varchar"
    return f"{cell}::varchar"


def fast_value(text: str, data_type: str) -> str:
    """SQL for the typed value of a text in its plainest form; null where `value_of` has to look closer."""
    plain = {"bigint": r"[+-]?\d{1,18}", "integer": r"[+-]?\d{1,9}", "date": r"[1-9]\d{3}-\d{2}-\d{2}"}
    if data_type == "varchar":
        return text
    if data_type == "boolean":
        return f"as_boolean({text})"
    form = plain.get(data_type, r"[+-]?\d{1,30}(\.\d{0,30})?")
    return f"case when regexp_full_match({text}, '{form}') then try_cast({text} as {data_type}) end"


def value_of(text: str, data_type: str) -> str:
    """SQL for the typed value of a cleaned text; null where it has none."""
    if data_type == "varchar":
        return text
    if data_type == "date":
        return f"try_cast(date_text({text}) as date)"
    if data_type == "boolean":
        return f"as_boolean({text})"
    if data_type == "double":
        return f"as_double({text})"
    if data_type in ("bigint", "integer"):
        return f"try_cast(as_bigint({text}) as {data_type})"
    return f"try_cast(number_text({text}) as {data_type})"


def suspicion(text: str, value: str, column: Column) -> str | None:
    """SQL condition, cheaper than `fault_of`, that holds wherever `fast_value` does not settle the cell."""
    doubts = []
    if not column.nullable:
        doubts.append(f"{value} is null")
    elif column.data_type != "varchar":
        doubts.append(f"({value} is null and {text} is not null)")
    if column.allowed is not None:
        doubts.append(f"coalesce({text} not in ({_listed(column.allowed)}), false)")
    return " or ".join(doubts) or None


def fault_of(text: str, value: str, column: Column) -> str:
    """SQL for the reason why a cell rejects its row; null where it does not."""
    blank = "null" if column.nullable else f"'blank, but {column.name} may not be blank'"
    cases = []
    if column.data_type != "varchar":
        cases.append(
            f"when {value} is null then case when {text} is null or says_null({text}) then {blank} "
            f"when {_misfit(text, column.data_type)} then '{_too_big(column.data_type)}' "
            f"else 'not a {_called(column.data_type)}' end"
        )
    elif not column.nullable:
        cases.append(f"when {text} is null then {blank}")
    if column.allowed is not None:
        listed = ", ".join(column.allowed).replace("'", "''")
        cases.append(
            f"when {text} is not null and {text} not in ({_listed(column.allowed)}) "
            f"then 'not one of the accepted values: {listed}'"
        )
    return f"case {' '.join(cases)} end" if cases else "null::varchar"


def _called(data_type: str) -> str:
    words = {"date": "date", "boolean": "yes or no"}
    return words.get(data_type, f"number ({data_type})")


def _misfit(text: str, data_type: str) -> str:
    if data_type == "date":
        return f"date_text({text}) is not null"
    return "false" if data_type == "boolean" else f"number_text({text}) is not null"


def _too_big(data_type: str) -> str:
    if data_type == "date":
        return "a date that does not exist"
    whole = "a fraction or " if data_type in ("bigint", "integer") else ""
    return f"{whole}too large for {data_type}"


def arrow_schema(table: Table) -> pa.Schema:
    """Schema of a landed Parquet file: contract columns, `_file`, `_row`."""
    kinds = {"varchar": pa.string(), "bigint": pa.int64(), "integer": pa.int32(), "double": pa.float64()}
    kinds |= {"date": pa.date32(), "boolean": pa.bool_()}
    fields = []
    for column in table.columns:
        kind = kinds.get(column.data_type)
        if kind is None:
            precision, scale = column.data_type.removeprefix("decimal(").removesuffix(")").split(",")
            kind = pa.decimal128(int(precision), int(scale))
        fields.append((column.name, kind))
    return pa.schema([*fields, ("_file", pa.string()), ("_row", pa.int64())])
