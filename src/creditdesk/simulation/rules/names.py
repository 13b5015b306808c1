"""Words of which invented firms and people are made; no real firm or person is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Country:
    """How firms, people and places of a country sound."""

    code: str
    language: str
    stems: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    dial: str


DE = Country(
    "DE", "de",
    ("Ahrenfels", "Brockstedt", "Dornhagen", "Eichwalder", "Falkenrode", "Grevenau", "Hüttmann",
     "Immertal", "Jessendorf", "Kaltenbrink", "Lindrath", "Mövenhagen", "Nordheider", "Ottersbach",
     "Pfalzgraber", "Quellmeier", "Rabenholt", "Schöllkamp", "Tannroda", "Ulmbacher", "Vahrendonk",
     "Wiesenkötter", "Zellerfelder", "Birkenstock & Ahl", "Kranzler & Söhne", "Gebr. Tiedmann",
     "Hansen-Volmer", "Stellbrink", "Ruhlandt", "Osterkamm", "Fehrbeller", "Marschall & Grothe"),
    ("Haustechnik", "Sanitär", "Heizungsbau", "Bau", "Installationen", "Badwerk", "Rohrbau",
     "Gebäudetechnik", "Klimatechnik", "Bedachungen"),
    ("GmbH", "GmbH", "GmbH & Co. KG", "KG", "AG", "e.K."),
    ("Anke", "Jörg", "Birgit", "Holger", "Svenja", "Dirk", "Katrin", "Matthias", "Ute", "Florian",
     "Heike", "Torsten", "Jana", "Rolf", "Silke", "Marek"),
    ("Ahlers", "Brandt", "Clasen", "Dettmer", "Evers", "Fröhlich", "Göbel", "Hinrichs", "Jansen",
     "Köster", "Lührs", "Möller", "Niehaus", "Petersen", "Rathke", "Sievers", "Thoms", "Wulf"),
    (("20457", "Hamburg"), ("28195", "Bremen"), ("30159", "Hannover"), ("48143", "Münster"),
     ("50667", "Köln"), ("04109", "Leipzig"), ("01067", "Dresden"), ("24103", "Kiel")),
    ("Hafenstraße", "Werkring", "Am Güterbahnhof", "Industrieweg", "Lindenallee", "Mühlenweg"),
    "+49 30 23125",
)  # fmt: skip
NL = Country(
    "NL", "en",
    ("Van der Meersch", "Oosterveld", "De Bruyne", "Hoogland", "Kersbergen", "Rietdijk",
     "Waterlant", "Ter Horstman", "Zijlmans", "Duinker"),
    ("Installaties", "Bouw", "Sanitair", "Techniek", "Leidingwerk", "Warmte"),
    ("B.V.", "B.V.", "V.O.F."),
    ("Sanne", "Joris", "Marieke", "Bram", "Femke", "Daan", "Lotte", "Ruben"),
    ("Bakker", "Dekkers", "Hendriksen", "Kuipers", "Mulder", "Postma", "Vermeulen", "Wijnands"),
    (("3011 AA", "Rotterdam"), ("7511 JE", "Enschede"), ("9711 LM", "Groningen")),
    ("Havenweg", "Ambachtstraat", "Stationslaan"),
    "+31 20 555",
)  # fmt: skip
AT = Country(
    "AT", "de",
    ("Almreiter", "Bergthaler", "Donauhofer", "Ennsgruber", "Felbermair", "Gamsjager"),
    ("Installationen", "Haustechnik", "Bau", "Sanitär"),
    ("GmbH", "GmbH", "KG"),
    ("Elfriede", "Gernot", "Hannes", "Ingrid", "Lukas", "Renate"),
    ("Aigner", "Bichler", "Eder", "Gruber", "Huemer", "Leitgeb"),
    (("4020", "Linz"), ("5020", "Salzburg"), ("8010", "Graz")),
    ("Salzlände", "Gewerbepark", "Bahnhofstraße"),
    "+43 1 5550",
)  # fmt: skip
GB = Country(
    "GB", "en",
    ("Calder Valley", "Ashcombe", "Brindleford", "Cragside", "Dunmore & Hale", "Eastbrook",
     "Fernhurst", "Garsdale", "Hollin Bank", "Inglethorpe", "Kirkstead", "Larkfield",
     "Marsh & Tolland", "Netherby", "Oakenshaw", "Pendlebeck", "Ribblesmere", "Saltmarsh",
     "Thornleigh", "Underwood Bros", "Wharfeside", "Yarrow & Pike"),
    ("Plumbing", "Heating", "Builders", "Bathrooms", "Mechanical Services", "Roofing",
     "Pipework", "Contractors"),
    ("Ltd", "Ltd", "Limited", "PLC", "& Sons Ltd"),
    ("Alison", "Gareth", "Priya", "Stuart", "Helen", "Imran", "Joanne", "Callum", "Denise",
     "Owen", "Ruth", "Nigel"),
    ("Ackroyd", "Barraclough", "Chowdhury", "Dyson", "Entwistle", "Firth", "Greaves", "Hartley",
     "Illingworth", "Kershaw", "Lumb", "Moorhouse", "Naylor", "Priestley"),
    (("LS1 4AP", "Leeds"), ("M2 3WQ", "Manchester"), ("S1 2HE", "Sheffield"),
     ("NE1 5DL", "Newcastle"), ("BD1 1HY", "Bradford"), ("YO1 7HU", "York")),
    ("Mill Lane", "Canal Road", "Foundry Street", "Station Approach", "Quarry Hill"),
    "+44 113 496",
)  # fmt: skip
US = Country(
    "US", "en",
    ("Harborlight", "Tidewater Forge", "Blue Mesa", "Cedar Run", "Northgate Summit",
     "Prairie Anchor", "Lakeshore Union"),
    ("Supply", "Mechanical", "Builders", "Piping"),
    ("Inc.", "LLC", "Corp."),
    ("Dana", "Marcus", "Elena", "Travis", "Monique", "Grant"),
    ("Abernathy", "Castellano", "Delacroix", "Fairbanks", "Okafor", "Whitlock"),
    (("02110", "Boston MA"), ("21202", "Baltimore MD"), ("60601", "Chicago IL")),
    ("Harbor Avenue", "Commerce Drive", "Pier Road"),
    "+1 617 555",
)  # fmt: skip

COUNTRIES: Final = {c.code: c for c in (DE, NL, AT, GB, US)}
SUPPLIERS: Final = (
    "Rheintal Armaturen", "Nordkupfer Rohrwerke", "Pumpenwerk Aller", "Keramik Vellberg",
    "Tyneholm Valves", "Ferrant Copper Tube", "Aldermoor Ceramics", "Severnside Pumps",
)  # fmt: skip
STRANGERS: Final = (
    "Finkenau Beteiligungen", "Marlowe Holdings", "Treuhand Overbeck", "Sunridge Factoring",
    "Kontor Abrechnung Nord", "Pennant Group Treasury",
)  # fmt: skip
