# ruff: noqa: E501 - lists of words read better in long lines
"""The words of the English samples: a maker and seller of packaging machines."""

from __future__ import annotations

from random import Random

LANGUAGE = "en"
SEPARATOR = " – "
AMOUNT = (4_000, 180_000)
METHODS = ("bank_transfer", "bank_transfer", "bank_transfer", "cheque", "card")
TAX = "20"
COUNTRY = {"US": "United States", "GB": "United Kingdom", "DE": "Germany", "IE": "Ireland", "NL": "Netherlands"}

STAFF = [
    ("executive", "margaret.hale", "Margaret Hale"), ("administrator", "tom.fletcher", "Tom Fletcher"),
    ("auditor", "priya.nair", "Priya Nair"), ("sales_director", "daniel.brooks", "Daniel Brooks"),
    ("rep_east", "anna.keller", "Anna Keller"), ("rep_east", "lucas.moreau", "Lucas Moreau"), ("rep_east", "emily.chen", "Emily Chen"),
    ("rep_west", "jack.obrien", "Jack O'Brien"), ("rep_west", "sofia.ramirez", "Sofia Ramirez"),
    ("service_agent", "nora.lindqvist", "Nora Lindqvist"), ("service_agent", "omar.haddad", "Omar Haddad"),
    ("marketer", "chloe.bennett", "Chloe Bennett"),
]
DOMAIN = "example-company.example"

# city, region, postcode, telephone prefix, which representatives look after it, country
CITIES = [
    ("New York", "New York", "10001", "+1 212", "east", "US"), ("Boston", "Massachusetts", "02110", "+1 617", "east", "US"),
    ("Philadelphia", "Pennsylvania", "19103", "+1 215", "east", "US"), ("Charlotte", "North Carolina", "28202", "+1 704", "east", "US"),
    ("Atlanta", "Georgia", "30303", "+1 404", "east", "US"), ("Pittsburgh", "Pennsylvania", "15222", "+1 412", "east", "US"),
    ("London", "Greater London", "EC1A 1BB", "+44 20 7946", "east", "GB"), ("Leeds", "West Yorkshire", "LS1 4DY", "+44 113 496", "east", "GB"),
    ("Dublin", "Leinster", "D02 X285", "+353 1", "east", "IE"), ("Hamburg", "Hamburg", "20095", "+49 40", "east", "DE"),
    ("Utrecht", "Utrecht", "3511 AB", "+31 30", "east", "NL"), ("Chicago", "Illinois", "60601", "+1 312", "west", "US"),
    ("Denver", "Colorado", "80202", "+1 303", "west", "US"), ("Portland", "Oregon", "97201", "+1 503", "west", "US"),
    ("Seattle", "Washington", "98101", "+1 206", "west", "US"), ("San Diego", "California", "92101", "+1 619", "west", "US"),
    ("Austin", "Texas", "78701", "+1 512", "west", "US"), ("Minneapolis", "Minnesota", "55401", "+1 612", "west", "US"),
]
STREETS = ["Main Street", "Harbor Road", "Mill Lane", "Station Road", "Park Avenue", "Commerce Drive", "River Street",
           "Foundry Way", "Market Street", "Industrial Park", "Oak Street", "Canal Street"]
_FIRST = ["Alden", "Beacon", "Birch", "Blue Ridge", "Bright", "Cedar", "Clearwater", "Copper", "Crescent", "Eagle", "Elm", "Ever",
          "Falcon", "Fair", "Golden", "Granite", "Green", "Harbor", "Hazel", "High", "Iron", "Juniper", "Lake", "Lark", "Linden",
          "Maple", "Meridian", "North", "Oak", "Orchard", "Pine", "Quarry", "Raven", "Red", "River", "Silver", "Spring", "Stone",
          "Summit", "Sunrise", "Tide", "Union", "Vale", "West", "White", "Willow", "Winter", "Wood"]
_SECOND = ["bridge", "brook", "crest", "field", "gate", "grove", "haven", "hill", "land", "mark", "point", "ridge", "shore", "side",
           "stone", "ton", "view", "well", "wood", "worth"]
# industry → endings of company names
INDUSTRIES = {
    "food": ["Foods", "Bakeries", "Dairy", "Beverages", "Roasters"], "manufacturing": ["Manufacturing", "Plastics", "Components", "Tools"],
    "wholesale_retail": ["Stores", "Trading", "Supply", "Wholesale"], "health_care": ["Pharma", "Medical", "Health"],
    "information_technology": ["Systems", "Software", "Data"], "transport": ["Logistics", "Freight", "Shipping"],
    "agriculture": ["Farms", "Seeds", "Produce"], "construction": ["Building Supplies", "Timber"], "energy": ["Energy", "Power"],
    "hospitality": ["Hotels", "Catering"], "professional_services": ["Consulting", "Design"], "education": ["Learning", "Academy"],
}
_SUFFIX = ["Inc.", "Ltd.", "LLC", "Group", "Co."]
_GIVEN_F = ["Alice", "Amelia", "Beatrice", "Carla", "Clara", "Diana", "Elena", "Fiona", "Grace", "Hannah", "Ingrid", "Isabel", "Jane",
            "Julia", "Karen", "Laura", "Lucy", "Maria", "Megan", "Natalie", "Olivia", "Paula", "Rachel", "Rosa", "Ruth", "Sarah",
            "Stella", "Teresa", "Vera", "Zoe"]
_GIVEN_M = ["Adam", "Andrew", "Ben", "Carl", "Charles", "David", "Eric", "Felix", "Frank", "George", "Henry", "Ian", "James", "Joel",
            "Kevin", "Leo", "Liam", "Marcus", "Martin", "Nathan", "Oliver", "Oscar", "Patrick", "Paul", "Peter", "Ralph", "Robert",
            "Simon", "Steven", "Victor"]
_FAMILY = ["Adams", "Bailey", "Barnes", "Bauer", "Carter", "Clark", "Cole", "Cooper", "Cruz", "Dawson", "Diaz", "Doyle", "Ellis",
           "Evans", "Fischer", "Foster", "Garcia", "Gibson", "Graham", "Hansen", "Harper", "Hayes", "Hughes", "Jensen", "Jones",
           "Kelly", "Kim", "Lang", "Larsen", "Lee", "Lopez", "Lynch", "Marsh", "Mason", "Mills", "Morgan", "Murphy", "Nolan",
           "Novak", "Olsen", "Owens", "Park", "Patel", "Perry", "Quinn", "Reed", "Reyes", "Rossi", "Russo", "Shah", "Silva",
           "Singh", "Stone", "Tanaka", "Turner", "Vargas", "Walsh", "Ward", "Weber", "Young"]
JOBS = [("Managing Director", "Management", "decision_maker"), ("Head of Purchasing", "Purchasing", "buyer"),
        ("Buyer", "Purchasing", "buyer"), ("Plant Manager", "Production", "decision_maker"), ("Production Engineer", "Production", "influencer"),
        ("Line Supervisor", "Production", "user"), ("Maintenance Lead", "Maintenance", "user"), ("Quality Manager", "Quality", "influencer"),
        ("CFO", "Finance", "decision_maker"), ("Office Manager", "Administration", "gatekeeper"), ("Logistics Manager", "Logistics", "influencer")]
UNITS = {}
# code, name, category, unit, price, share of cost
PRODUCTS = [
    ("CM-100", "Case packer CM 100", "equipment", "piece", 48_000, 0.62), ("CM-200", "Case packer CM 200", "equipment", "piece", 76_000, 0.60),
    ("FS-20", "Flow wrapper FS 20", "equipment", "piece", 38_500, 0.63), ("FS-40", "Flow wrapper FS 40", "equipment", "piece", 59_000, 0.61),
    ("LB-5", "Labeller LB 5", "equipment", "piece", 14_800, 0.58), ("LB-9", "Labeller LB 9", "equipment", "piece", 22_400, 0.57),
    ("PL-1", "Palletizer PL 1", "equipment", "piece", 92_000, 0.66), ("CW-3", "Checkweigher CW 3", "equipment", "piece", 12_600, 0.59),
    ("MD-2", "Metal detector MD 2", "equipment", "piece", 9_800, 0.6), ("CV-M", "Conveyor, per metre", "equipment", "metre", 640, 0.55),
    ("TP-48", "Packing tape 48 mm", "goods", "box", 62, 0.7), ("SF-500", "Stretch film 500 mm", "goods", "box", 118, 0.72),
    ("LR-100", "Label roll 100 mm", "goods", "box", 84, 0.68), ("BX-A", "Shipping box A", "goods", "piece", 1.2, 0.74),
    ("BX-B", "Shipping box B", "goods", "piece", 1.9, 0.74), ("IN-1", "Ink cartridge", "goods", "piece", 46, 0.55),
    ("SP-BLT", "Drive belt", "spare_part", "piece", 145, 0.45), ("SP-SEN", "Photo sensor", "spare_part", "piece", 210, 0.42),
    ("SP-KNF", "Knife set", "spare_part", "set", 320, 0.4), ("SP-SEAL", "Sealing jaw", "spare_part", "piece", 480, 0.44),
    ("SV-INST", "Installation", "service", "day", 1_100, 0.6), ("SV-TRAIN", "Operator training", "service", "day", 950, 0.5),
    ("SV-MAIN", "Maintenance visit", "service", "day", 890, 0.55), ("SV-PLAN", "Line planning", "service", "day", 1_250, 0.5),
    ("SB-CARE", "Care contract", "subscription", "year", 4_200, 0.45), ("SB-MON", "Remote monitoring", "subscription", "month", 260, 0.3),
]
TOPICS = ["new packing line", "replacement of the labeller", "second case packer", "palletizer for warehouse 2", "film and tape for the year",
          "care contract", "spare parts stock", "checkweigher for line 3", "line extension", "metal detection", "remote monitoring",
          "flow wrapper for snacks", "relocation of line 1", "operator training", "label supply", "conveyor rebuild"]
NEXT_STEPS = ["Send revised quote", "Visit the plant", "Call about the budget", "Arrange a demonstration", "Wait for the board meeting",
              "Agree the terms of payment", "Get drawings of the hall", "Confirm delivery date", "Meet the buyer"]
DESCRIPTIONS = ["Runs three shifts; downtime is the main worry.", "Plans to open a second site next year.",
                "Long customer of a competitor, unhappy with service.", "Asks for a fixed price over two years.", "Buys through a central purchasing department.",
                "Prefers to test one machine before a larger order.", "Needs documents for every batch."]
REQUIREMENTS = ["Wants to pack 40 boxes a minute instead of 25.", "Looks for a supplier of film with weekly delivery.",
                "Saw the flow wrapper at the fair and asks for a demonstration.", "Needs a replacement before the summer season.",
                "Asks for prices of labels, 200 rolls a month.", "Compares three suppliers until the end of the month.", "Wants to lease, not to buy."]
SUBJECTS = {
    "call": ["Call about {topic}", "Ask how the decision stands", "Answer questions on {topic}", "Call back about delivery", "First call", "Check satisfaction"],
    "visit": ["Visit: {topic}", "Plant tour", "Demonstration of {topic}", "Meeting with purchasing", "Yearly review"],
    "task": ["Prepare quote for {topic}", "Send brochure", "Check delivery date", "Collect drawings", "Update forecast", "Prepare contract"],
    "email": ["Sent quote for {topic}", "Sent references", "Thanks for the meeting", "Sent technical data", "Reminder"],
    "note": ["Note on {topic}", "Who decides", "Budget", "What the competitor offers"],
}
NOTES = {
    "call": ["Talked for ten minutes. Wants the quote by Friday.", "Budget is approved, waits for the technical check.", "Not at the desk, call again next week.",
             "Happy with the first machine, thinks about a second.", "Price is too high for them, asks for a lower discount on service.", "Decision moved to next month."],
    "visit": ["Saw the hall with the plant manager; space is tight near the dock.", "Three people at the table, purchasing asked about terms.",
              "Demonstration went well, operators liked the display.", "Measured the line, drawings follow."],
    "task": ["", "", "Check with service first.", "Use the new price book."],
    "email": ["Attached the quote and two references.", "Short summary of what we agreed.", "Asked for drawings of the hall."],
    "note": ["The CFO decides above 50,000.", "Budget of this year is nearly used up.", "Competitor offers eight weeks delivery.", "Plant manager is in favour, purchasing is not yet."],
}
QUOTE_SUBJECT = "Quote: {topic}"
FOLLOW_UP = ["Follow-up on the quote", "Asked about the quote", "Quote: open questions", "Second follow-up on the quote"]
PAYMENT_TERMS = ["30 days net", "14 days net", "30 % deposit, 70 % on delivery", "50 % deposit, 50 % after acceptance"]
INSTALMENT = "{order} – instalment {n}"
ORDER_SUBJECT = "Order: {topic}"
CONTRACT_NAME = "{kind} {account}"
CONTRACT_KINDS = {"framework": "Framework agreement", "service": "Service contract", "sale": "Sales contract"}
CONTRACT_TERMS = ["Prices fixed for twelve months.", "Two maintenance visits a year included.", "Delivery within six weeks of order."]
CASES = [
    ("problem", "Machine stops after a few minutes", "Photo sensor dirty", "Cleaned and adjusted the sensor, showed the operator how."),
    ("problem", "Film tears at the sealing jaw", "Jaw worn", "Replaced the sealing jaw."), ("problem", "Labels are not straight", "Belt tension", "Set the belt tension anew."),
    ("complaint", "Delivery came two days late", "Carrier", "Apologised, refunded freight."), ("complaint", "Invoice shows the wrong price", "Old price book", "Sent a corrected invoice."),
    ("question", "Which film fits the FS 20?", "", "Sent the table of films."), ("question", "How is the recipe changed?", "", "Explained on the phone, sent page 42."),
    ("return", "Wrong boxes delivered", "Picking error", "Exchanged the boxes."), ("wish", "Display in Spanish", "", "Passed on to development."),
    ("problem", "Palletizer loses count", "Software", "Installed the update."), ("complaint", "Technician did not come", "Planning", "New appointment, visit free of charge."),
]
CHANNELS = ("phone", "email", "web", "chat", "visit")
CAMPAIGNS = [
    ("Pack Expo", "trade_fair", 38_000, 520_000), ("Spring mailing to food makers", "email", 2_500, 60_000), ("Seminar: packing without downtime", "seminar", 6_800, 140_000),
    ("Search advertising, labels", "advertising", 9_000, 120_000), ("Customer day", "customer_day", 14_000, 200_000), ("Webinar: remote monitoring", "seminar", 1_800, 50_000),
    ("Call campaign: care contracts", "telephone", 3_200, 90_000), ("Short videos of machines", "social_media", 5_500, 40_000), ("Regional fair West", "trade_fair", 17_000, 180_000),
    ("Autumn mailing to logistics", "email", 2_200, 55_000), ("Training week", "customer_day", 8_000, 60_000), ("Advertising in trade journals", "advertising", 12_000, 90_000),
]
CAMPAIGN_GOAL = "{n} new leads"
COMPETITORS = [
    ("Packwell Machines", "high", "lower", "Case packers, palletizers", "Low prices, large stock.", "Slow service."), ("Nordline Systems", "high", "higher", "Complete lines", "Good engineering.", "Long delivery times."),
    ("QuickSeal", "medium", "lower", "Flow wrappers", "Delivers in three weeks.", "Few references."), ("Labelmaster Pro", "medium", "same", "Labellers, labels", "Own label production.", "No lines."),
    ("TapeHouse", "low", "lower", "Film, tape, boxes", "Web shop.", "No advice."), ("Automata Packaging", "medium", "higher", "Robots", "New technology.", "Expensive spare parts."),
    ("Delta Conveyors", "low", "same", "Conveyors", "Fast drawings.", "Only conveyors."), ("Prime Pack Services", "low", "lower", "Used machines", "Very cheap.", "No warranty."),
]
PARTNERS = [
    ("Atlantic Packaging Dealers", "reseller", "gold"), ("Lone Star Machinery", "reseller", "silver"), ("Hall & Sons Agency", "agent", "silver"),
    ("Benelux Pack Agency", "agent", "gold"), ("Irish Food Network", "referral", "bronze"), ("Plant Planners United", "referral", "silver"),
    ("SensorWorks", "technology", "gold"), ("CloudLine Monitoring", "technology", "bronze"), ("Great Lakes Freight", "logistics", "silver"), ("North Sea Forwarding", "logistics", "bronze"),
]
PRICE_BOOKS = [("Standard prices", 1.0, "What is in the catalogue."), ("Partner prices", 0.85, "For resellers and agents."), ("Volume prices", 0.92, "From ten pieces.")]
ANNOUNCEMENTS = [
    ("New prices for film and tape", "price", "Film and tape cost 3 % more from the first of next month. Quotes that were sent keep their prices."),
    ("Every quote is followed up within three days", "rule", "A quote without a follow-up is a gift to our competitors. The report shows what is open."),
    ("Welcome to the CRM", "training", "Short videos and a guide for each role are in the shared folder."), ("Pack Expo: who is at the stand", "news", "The plan for the stand is ready. Please enter visitors as leads on the same day."),
    ("Travel costs", "rule", "Receipts are handed in by the fifth of the month."), ("New colleague in service", "news", "Omar Haddad has joined the service team."),
    ("Product data sheets", "document", "All data sheets of this year, as one file."), ("Issue table: next review", "news", "We go through the open issues every second Thursday."),
    ("How to win back former customers", "training", "Notes from the workshop."), ("Office closed between the years", "news", "Service answers urgent calls."),
]
ISSUES = [
    ("Account list is slow in the morning", "data", "normal", "More columns than needed were shown; the list has been trimmed."), ("Cannot see the cases of my accounts", "permissions", "serious", "The role now reads cases of its own accounts."),
    ("Lead source is missing for fairs", "sales", "minor", "Source added."), ("Wrong VAT on quotes to Ireland", "sales", "blocking", "Tax rate is taken from the quote."),
    ("Report of lost opportunities lacks the competitor", "reports", "normal", "Column added."), ("Duplicate accounts after import", "data", "serious", "Merged by hand; import checks names now."),
    ("Cannot attach photos to a case", "service", "normal", ""), ("Board: amount is not shown", "sales", "minor", ""), ("Marketing sees all opportunities", "permissions", "normal", "As intended: campaigns are judged by what was won."),
    ("E-mail addresses with capitals", "data", "minor", ""), ("Stage names are not clear", "sales", "normal", "Help texts added."), ("Need a field for the machine number", "service", "normal", ""),
    ("Campaign members cannot be imported", "marketing", "normal", ""), ("Overdue tasks of a colleague who left", "sales", "serious", "Transferred to the director."), ("Quarter in the forecast starts in April", "reports", "serious", ""),
    ("Telephone numbers with country code", "data", "minor", "Kept as written."),
]


def company(rng: Random) -> tuple[str, str, str, str]:
    """Make a company: name, short name, domain, industry."""
    industry = rng.choice(list(INDUSTRIES))
    first, second = rng.choice(_FIRST), rng.choice(_SECOND)
    short = f"{first} {second.title()}" if " " in first else first + second
    name = f"{short} {rng.choice(INDUSTRIES[industry])} {rng.choice(_SUFFIX)}"
    return name, short, f"{short.replace(' ', '').lower()}.example", industry


def person(rng: Random) -> tuple[str, str, str]:
    """Make a person: name, what stands before the @, salutation."""
    female = rng.random() < 0.5
    given, family = rng.choice(_GIVEN_F if female else _GIVEN_M), rng.choice(_FAMILY)
    return f"{given} {family}", f"{given}.{family}".lower(), "ms" if female else "mr"


def phone(rng: Random, prefix: str) -> str:
    """Make a telephone number in a range kept for stories."""
    return f"{prefix} 555 0{rng.randint(100, 199)}" if prefix.count(" ") == 1 else f"{prefix} 0{rng.randint(100, 999)}"


def mobile(rng: Random) -> str:
    """Make a mobile number in a range kept for stories."""
    return f"+1 {rng.choice(('917', '646', '720', '206', '312'))} 555 0{rng.randint(100, 199)}"


def street(rng: Random) -> str:
    """Make a street and a house number."""
    return f"{rng.randint(1, 980)} {rng.choice(STREETS)}"
