"""Downloads of a printed table: csv with every number, LaTeX and Word as papers print it."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.sax.saxutils import escape

from keytech.report.tables import STATISTICS, PrintedTable
from keytech.report.words import number

CSV = ["study", "table_id", "column_id", "column_label", "outcome", "term", "estimate", "std_error", "statistic",
       "p_value", "ci_low", "ci_high", "stars", "published_estimate", "published_std_error", "published_stars",
       "planted", "data_origin", "proposed_spec"]  # fmt: skip
TEX = str.maketrans({"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "^": r"\^{}", "−": "-", "~": r"\textasciitilde{}",
                     "²": r"\textsuperscript{2}", "×": r"$\times$"})  # fmt: skip


def as_csv(table: PrintedTable, origin: str) -> str:
    """One line per coefficient, full precision, UTF-8 with a byte-order mark so that Excel reads the Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV)
    labels = {column.column_id: column.label.zh for column in table.table.columns}
    for c in table.cells:
        writer.writerow(
            [table.study.study, table.table.table_id, c.column_id, labels[c.column_id], c.outcome, c.term,
             *map(_blank, (c.estimate, c.std_error, c.statistic, c.p_value, *c.ci)),
             c.stars, _blank(c.published), _blank(c.published_se), c.published_stars, _blank(c.planted), origin,
             str(table.study.paper.proposed_spec).lower()]
        )  # fmt: skip
    return "\ufeff" + out.getvalue()


def _blank(value: float | None) -> str:
    return "" if value is None or value != value else repr(value)


def grid(table: PrintedTable) -> list[list[str]]:
    """The table as rows of text: header, coefficient and standard-error lines, effects, statistics."""
    lines = [["", *(f"({c.column_id})" for c in table.table.columns)]]
    for row in table.rows:
        name = f"{row.outcome} ← {row.term}" if row.outcome else row.term
        lines.append([name, *(f"{number(c.estimate)}{c.stars}" if c else "" for c in row.cells)])
        lines.append(["", *(f"({number(c.std_error)})" if c and c.has_error else "" for c in row.cells)])
    lines += [[name.replace("^", " × "), *("Yes" if v else "No" for v in has)] for name, has in table.effects]
    for name, cells in table.statistics:
        digits = 0 if name in {"n_obs", "n_clusters"} else 4
        lines.append([STATISTICS[name][0], *(number(ours, digits) for ours, _ in cells)])
    return lines


def note(table: PrintedTable, origin: str) -> str:
    """What must stand under every export: origin of the data, proposed designs, stars."""
    said = "Simulated data: computed from a synthetic economy. " if origin == "simulated" else ""
    if table.study.paper.proposed_spec:
        said += "Proposed specification: the paper publishes no table. "
    return said + "Standard errors in brackets. * 10 %, ** 5 %, *** 1 %."


def as_latex(table: PrintedTable, origin: str) -> str:
    """A booktabs table that compiles with `\\usepackage{booktabs}`."""
    rows = [" & ".join(_tex(cell) for cell in line) + r" \\" for line in grid(table)]
    columns = len(table.table.columns)
    title = f"{table.table.label.en} (table {table.table.table_id}, {table.study.study})"
    body = [
        "% needs \\usepackage{booktabs}", r"\begin{table}[htbp]\centering", rf"\caption{{{_tex(title)}}}",
        rf"\begin{{tabular}}{{l{'c' * columns}}}", r"\toprule", rows[0], r"\midrule", *rows[1:], r"\bottomrule",
        r"\end{tabular}", rf"\par\footnotesize {_tex(note(table, origin))}", r"\end{table}", "",
    ]  # fmt: skip
    return "\n".join(body)


def _tex(text: str) -> str:
    return text.translate(TEX).replace("←", r"$\leftarrow$")


_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"""
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"""


def as_docx(table: PrintedTable, origin: str) -> bytes:
    """A Word file with one table; written by hand so that its bytes do not depend on the clock."""
    title = (
        f"{table.table.label.en} · {table.table.label.zh} ({table.study.study}, table {table.table.table_id})"
    )
    lines = grid(table)
    last = len(lines) - 1
    rows = "".join(_word_row(line, rule=i in {0, last}) for i, line in enumerate(lines))
    body = (
        _paragraph(title, bold=True)
        + f'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{_rule("top")}{_rule("bottom")}</w:tblBorders></w:tblPr>{rows}</w:tbl>'
        + _paragraph(note(table, origin))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        parts = {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELS,
            "word/document.xml": _DOCUMENT.format(body=body),
        }
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return out.getvalue()


def _rule(side: str) -> str:
    return f'<w:{side} w:val="single" w:sz="8" w:space="0" w:color="auto"/>'


def _paragraph(text: str, *, bold: bool = False, centre: bool = False) -> str:
    weight = "<w:b/>" if bold else ""
    place = '<w:pPr><w:jc w:val="center"/></w:pPr>' if centre else ""
    return f'<w:p>{place}<w:r><w:rPr>{weight}<w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _word_row(line: list[str], *, rule: bool) -> str:
    border = f"<w:tcBorders>{_rule('bottom')}</w:tcBorders>" if rule else ""
    cells = (
        f"<w:tc><w:tcPr>{border}</w:tcPr>{_paragraph(text, centre=i > 0)}</w:tc>"
        for i, text in enumerate(line)
    )
    return f"<w:tr>{''.join(cells)}</w:tr>"
