"""The view models: all that a page needs, as frozen values. Routes build them, `rendering` turns them into HTML.

A page class names its template. Templates work out nothing but looks; what a person may not see is not in the view.

What the pages send, beside plain links and GET forms:

* Every posted form carries `csrf_token`; requests of scripts carry it as `X-CSRF-Token`, too, and ask for
  `Accept: application/json`.
* `FrameUrls.preferences`: POST `language` or `theme`, `next`. `FrameUrls.log_out`: POST.
* `FrameUrls.search`: GET `q`; JSON as `SearchPage` tells.
* `LookupTarget.url`: GET `q`; JSON as `LookupTarget` tells.
* `Card.move_url`, `StagePath.move_url`: POST `to`, `version`, `next`; JSON as `BoardPage` tells.
* `FormPage.url`: POST what `Control` tells, `version`, `hidden`, and `then` (`new`: save and make another).
* Lists and boards are fetched by htmx as whole pages, of which `#list` is taken (`HX-Request: true`); an answer without
  it, such as the log-in page, is shown whole.
"""

from crmspec.records import OPERATORS, PERIODS
from crmspec.server.views.access import FieldAccessPage, FieldAccessRow, PersonAccessPage, WhyPage, WhyStep
from crmspec.server.views.form import (
    Chosen,
    Conflict,
    ConflictField,
    Control,
    FormPage,
    FormSection,
    LookupTarget,
)
from crmspec.server.views.frame import (
    ErrorPage,
    Frame,
    FrameUrls,
    LogInPage,
    NavigationGroup,
    Notice,
    Page,
    Theme,
)
from crmspec.server.views.home import HomeCard, HomeItem, HomePage
from crmspec.server.views.lists import (
    VALUELESS,
    ActiveFilter,
    Block,
    BoardColumn,
    BoardPage,
    Card,
    Chart,
    Column,
    Count,
    FilterField,
    GroupHead,
    Jump,
    ListPage,
    Pager,
    Point,
    ReportColumn,
    ReportGroup,
    ReportPage,
    ReportRow,
    ReportsPage,
    Row,
    SearchGroup,
    SearchHit,
    SearchPage,
)
from crmspec.server.views.record import (
    FieldChange,
    HistoryEntry,
    Need,
    PathStage,
    RecordPage,
    RelatedList,
    SectionView,
    SharedWith,
    Sharers,
    StagePath,
)
from crmspec.server.views.security import (
    AuditPage,
    AuditRow,
    CodesPage,
    SecurityPage,
    SessionRow,
    StepField,
    StepPage,
)
from crmspec.server.views.setup import (
    AccessPage,
    AccessRow,
    PeoplePage,
    PersonRow,
    PlanLine,
    ReleasePage,
    ReleaseRow,
    ReleasesPage,
    SecretPage,
    SetupPage,
    SpecFieldRow,
    SpecGroup,
    SpecObjectPage,
    SpecObjectRow,
    SpecPage,
)
from crmspec.server.views.values import (
    Action,
    Address,
    Choice,
    Content,
    FieldView,
    FileLink,
    Link,
    PersonName,
    Place,
    SortOrder,
    Tone,
    Value,
)

AnyPage = (
    AuditPage | CodesPage | SecurityPage | StepPage
    | AccessPage | BoardPage | ErrorPage | FieldAccessPage | FormPage | HomePage | ListPage | LogInPage | Page
    | PeoplePage | PersonAccessPage | RecordPage | ReleasePage | ReleasesPage | ReportPage | ReportsPage | SearchPage
    | SecretPage | SetupPage | SpecObjectPage | SpecPage | WhyPage
)

__all__ = [
    "OPERATORS",
    "PERIODS",
    "VALUELESS",
    "AccessPage",
    "AccessRow",
    "Action",
    "ActiveFilter",
    "Address",
    "AnyPage",
    "AuditPage",
    "AuditRow",
    "Block",
    "BoardColumn",
    "BoardPage",
    "Card",
    "Chart",
    "Choice",
    "Chosen",
    "CodesPage",
    "Column",
    "Conflict",
    "ConflictField",
    "Content",
    "Control",
    "Count",
    "ErrorPage",
    "FieldAccessPage",
    "FieldAccessRow",
    "FieldChange",
    "FieldView",
    "FileLink",
    "FilterField",
    "FormPage",
    "FormSection",
    "Frame",
    "FrameUrls",
    "GroupHead",
    "HistoryEntry",
    "HomeCard",
    "HomeItem",
    "HomePage",
    "Jump",
    "Link",
    "ListPage",
    "LogInPage",
    "LookupTarget",
    "NavigationGroup",
    "Need",
    "Notice",
    "Page",
    "Pager",
    "PathStage",
    "PeoplePage",
    "PersonAccessPage",
    "PersonName",
    "PersonRow",
    "Place",
    "PlanLine",
    "Point",
    "RecordPage",
    "RelatedList",
    "ReleasePage",
    "ReleaseRow",
    "ReleasesPage",
    "ReportColumn",
    "ReportGroup",
    "ReportPage",
    "ReportRow",
    "ReportsPage",
    "Row",
    "SearchGroup",
    "SearchHit",
    "SearchPage",
    "SecretPage",
    "SectionView",
    "SecurityPage",
    "SessionRow",
    "SetupPage",
    "SharedWith",
    "Sharers",
    "SortOrder",
    "SpecFieldRow",
    "SpecGroup",
    "SpecObjectPage",
    "SpecObjectRow",
    "SpecPage",
    "StagePath",
    "StepField",
    "StepPage",
    "Theme",
    "Tone",
    "Value",
    "WhyPage",
    "WhyStep",
]
