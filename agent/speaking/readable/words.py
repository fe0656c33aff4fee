"""English names of what is written as a sign or a short form."""

CURRENCIES = {
    "$": ("dollar", "cent"),
    "€": ("euro", "cent"),
    "£": ("pound", "penny"),
    "¥": ("yen", ""),
    "₹": ("rupee", "paisa"),
}
_CODES = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
CURRENCIES |= {code: CURRENCIES[sign] for code, sign in _CODES.items()}

SCALES = {
    "k": "thousand",
    "K": "thousand",
    "m": "million",
    "M": "million",
    "bn": "billion",
    "B": "billion",
    "thousand": "thousand",
    "million": "million",
    "billion": "billion",
    "trillion": "trillion",
}

_LENGTHS = {
    "m": "meter",
    "g": "gram",
    "W": "watt",
    "Wh": "watt hour",
    "Hz": "hertz",
    "B": "byte",
}
_PREFIXES = {
    "m": ("k", "c", "m"),
    "g": ("k", "m"),
    "W": ("k", "M", "G", "m"),
    "Wh": ("k", "M"),
    "Hz": ("k", "M", "G"),
    "B": ("k", "K", "M", "G", "T"),
}
_SPOKEN = {
    "k": "kilo",
    "K": "kilo",
    "c": "centi",
    "m": "milli",
    "M": "mega",
    "G": "giga",
    "T": "tera",
}

UNITS = {
    **{
        prefix + unit: _SPOKEN[prefix] + _LENGTHS[unit]
        for unit, prefixes in _PREFIXES.items()
        for prefix in prefixes
    },
    **{unit: name for unit, name in _LENGTHS.items() if unit != "B"},
    "km/h": "kilometer per hour",
    "kph": "kilometer per hour",
    "m/s": "meter per second",
    "mph": "mile per hour",
    "mi": "mile",
    "ft": "foot",
    "yd": "yard",
    "lb": "pound",
    "lbs": "pound",
    "oz": "ounce",
    "t": "ton",
    "l": "liter",
    "L": "liter",
    "ml": "milliliter",
    "mL": "milliliter",
    "m²": "square meter",
    "km²": "square kilometer",
    "m³": "cubic meter",
    "ms": "millisecond",
    "s": "second",
    "sec": "second",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "V": "volt",
    "mA": "milliampere",
    "mAh": "milliampere hour",
    "hPa": "hectopascal",
    "dB": "decibel",
    "MB/s": "megabyte per second",
    "Mbit/s": "megabit per second",
    "Mbps": "megabit per second",
    "Gbps": "gigabit per second",
    "kcal": "kilocalorie",
    "px": "pixel",
    "fps": "frame per second",
}

_SAME = ("hertz", "yen", "percent")
_ODD = {"foot": "feet", "penny": "pence", "paisa": "paise"}


def plural(name: str) -> str:
    """Of a unit: "kilometers per hour"."""
    first, per, rest = name.partition(" per ")
    if first.endswith(_SAME):
        return name
    return _ODD.get(first, f"{first}s") + per + rest


SHORT_FORMS = {
    r"Dr\.(?=\s[A-Z])": "Doctor",
    r"Prof\.(?=\s)": "Professor",
    r"Mr\.(?=\s)": "Mister",
    r"e\.\s?g\.,?": "for example,",
    r"i\.\s?e\.,?": "that is,",
    r"etc\.(?=\s+[^A-Z\s])": "et cetera",
    r"etc\.": "et cetera.",
    r"vs\.?": "versus",
    r"approx\.": "approximately",
    r"a\.k\.a\.": "also known as",
    r"incl\.": "including",
    r"[Nn]os?\.(?=\s?\d)": "number",
    r"[Ff]ig\.(?=\s?\d)": "figure",
    r"[Vv]ol\.(?=\s?\d)": "volume",
    r"pp?\.(?=\s?\d)": "page",
    r"w/o": "without",
    r"w/(?=\s)": "with",
    r"Jan\.": "January",
    r"Feb\.": "February",
    r"Aug\.": "August",
    r"Sept?\.": "September",
    r"Oct\.": "October",
    r"Nov\.": "November",
    r"Dec\.": "December",
}
"""Patterns, each at the beginning of a word."""

SIGNS = {
    "&": " and ",
    "×": " times ",
    "÷": " divided by ",
    "≈": " about ",
    "±": " plus or minus ",
    "≤": " at most ",
    "≥": " at least ",
    "→": " to ",
    "§": " section ",
    "|": ", ",
    "\\": " ",
    "_": " ",
    "{": " ",
    "}": " ",
    "^": " to the power of ",
}

LONELY_SIGNS = {
    "+": "plus",
    "=": "equals",
    "<": "less than",
    ">": "more than",
    "*": "times",
    "/": "or",
    "@": "at",
}
"""Said where they stand between spaces."""

FRACTIONS = {
    "½": "a half", "⅓": "a third", "⅔": "two thirds", "¼": "a quarter", "¾": "three quarters",
    "⅛": "an eighth",
}  # fmt: skip
