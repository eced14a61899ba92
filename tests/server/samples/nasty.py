"""Everything that data can do to a page: markup, right-to-left, ten thousand characters, nothing at all."""

from __future__ import annotations

from decimal import Decimal

from crmspec.server.views import (
    ActiveFilter,
    AnyPage,
    BoardColumn,
    BoardPage,
    Card,
    Chart,
    Choice,
    Chosen,
    Column,
    Control,
    Count,
    FieldChange,
    FieldView,
    FilterField,
    FormPage,
    FormSection,
    HistoryEntry,
    Link,
    ListPage,
    LookupTarget,
    Point,
    RecordPage,
    RelatedList,
    ReportColumn,
    ReportPage,
    ReportRow,
    Row,
    SectionView,
    Value,
)
from tests.server.samples.words import NOW, text, url

LONG = "An offer that goes on and on, with every word the customer ever wrote about paper. " * 120


NASTY = '<script>alert("x")</script> & <b>bold</b> \u202eevil\u202c مرحبا 🖨️👩‍👩‍👧‍👦 "quotes" \'single\' {{ 7*7 }} %s'


def nasty_pages() -> dict[str, AnyPage]:
    """Everything that data can do to a page: markup, right-to-left, ten thousand characters, nothing at all."""
    link = Link(label=NASTY, url=url('/x?a="b"&c=<d>'))
    values = (
        text(NASTY),
        text(LONG),
        Value(type="lookup", content=link),
        Value(type="picklist", content=Choice(name='"><x', label=NASTY, color='"><x')),
        Value(type="url", content="javascript:alert(1)"),
        Value(type="color", content='"/><script>alert(1)</script>'),
        Value(
            type="rich_text",
            content='<p onclick="x">hi<script>alert(1)</script><a href="javascript:x">l</a>'
            "<img src=x onerror=alert(1)></p>",
        ),
        Value(type="json", content='{"</pre><script>": 1}'),
        Value(type="text", content="W" * 10000),
        Value(type="email", content='"a b"@x<y>'),
        Value(type="long_text", content=LONG),
    )
    named = tuple(
        FieldView(name=f"f{at}", label=NASTY if at == 1 else f"Field {at}", value=value, help=NASTY)
        for at, value in enumerate(values)
    )
    cols = tuple(
        Column(name=f"c{at}", label=NASTY if not at else f"C{at}", type=value.type) for at, value in enumerate(values)
    )
    blank = Value(type="text")
    return {
        "nasty-record": RecordPage(
            title=NASTY + LONG,
            object_label=NASTY,
            id='"',
            url=url("/x/1"),
            version=1,
            icon="no-such-icon",
            trail=(link,),
            highlights=named[:4],
            sections=(SectionView(label=NASTY, fields=named),),
            history=(
                HistoryEntry(
                    at=NOW,
                    who=Link(label=NASTY, person=True),
                    verb="updated",
                    changes=(FieldChange(label=NASTY, before=text(LONG), after=blank),),
                ),
            ),
            related=(
                RelatedList(
                    name='a"b',
                    label=NASTY,
                    columns=cols,
                    count=Count(number=2),
                    rows=(
                        Row(id="1", url=url("/x"), cells=values),
                        Row(id="2", url=url("/x"), cells=(blank,) * len(values)),
                    ),
                ),
            ),
        ),
        "nasty-list": ListPage(
            title=NASTY,
            url=url("/x"),
            columns=cols,
            count=Count(number=2),
            rows=(Row(id="1", url=url("/x"), cells=values), Row(id="2", url=url("/x"), cells=(blank,) * len(values))),
            query=NASTY,
            filter_fields=(
                FilterField(name='"', label=NASTY, kind="choice", choices=(Choice(name="\"'<", label=NASTY),)),
            ),
            filters=(ActiveFilter(field="x", label=NASTY, operator="is", shown=LONG, remove_url=url("/x")),),
        ),
        "nasty-form": FormPage(
            title=NASTY,
            url=url("/x"),
            cancel_url=url("/x"),
            sections=(
                FormSection(
                    label=NASTY,
                    controls=(
                        Control(name="a", label=NASTY, control="text", text=NASTY, help=NASTY, errors=(NASTY,)),
                        Control(
                            name="b",
                            label="B",
                            control="lookup",
                            chosen=(Chosen(id='"', label=NASTY),),
                            targets=(LookupTarget(object="\"'", label=NASTY, url=url("/l?'\"")),),
                        ),
                        Control(
                            name="c", label="C", control="textarea", text="</textarea><script>alert(1)</script>" + LONG
                        ),
                        Control(
                            name="d",
                            label="D",
                            control="rich_text",
                            text="</textarea><img src=x onerror=alert(1)><p>hi</p>",
                        ),
                        Control(
                            name="e",
                            label="E",
                            control="select",
                            text='gone"',
                            choices=(Choice(name='"', label=NASTY),),
                        ),
                    ),
                ),
            ),
        ),
        "nasty-board": BoardPage(
            title=NASTY,
            url=url("/x"),
            columns=tuple(
                BoardColumn(
                    name=f'"{at}',
                    label=NASTY,
                    cards=(
                        Card(
                            id=f"{at}",
                            url=url("/x"),
                            title=NASTY + LONG,
                            fields=named,
                            move_url=url("/m"),
                            owner=Link(label="🖨️"),
                        ),
                    ),
                )
                for at in range(2)
            ),
        ),
        "nasty-report": ReportPage(
            title=NASTY,
            url=url("/x"),
            columns=(ReportColumn(label=NASTY, type="text"),),
            rows=(
                ReportRow(kind="group", label=NASTY + LONG),
                ReportRow(kind="record", cells=(text(LONG),), url=url("/x")),
                ReportRow(kind="record", cells=(blank,)),
            ),
            count=Count(number=1),
            chart=Chart(
                type="bar",
                title=NASTY,
                by=NASTY,
                measure=NASTY,
                points=(
                    Point(label=NASTY, number=None),
                    Point(label=LONG, number=Decimal("-3")),
                    Point(label="", number=5),
                ),
            ),
        ),
    }
