"""One way of writing for the many ways in which people write the same words.

Only forms that do not change the meaning are folded; clause marks stay, because a negation ends at one.
"""

import re
import unicodedata

_WORD = r"[^\s!-/:-@\[-`{-~\u00a1-\u00bf\u2000-\u206f\u3000-\u303f]"
_TOKEN = re.compile(rf"[$@]?{_WORD}+(?:[*@$!|+._'-]+{_WORD}+)*|[.!?]+|[,;:()\"-]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]"
)
_MARKS = re.compile(
    "(?<!и)\u0306|[\u0300-\u0305\u0307-\u036f]"  # accents; the breve of the Cyrillic short i is part of the letter
    "|[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"  # tashkeel and tatweel
    "|[\u0901\u0902\u093c]"  # chandrabindu, anusvara, nukta: often left out in typing
)
_FORMS = {
    "'": "’‘‛ʼʹ´`′", '"': "“”„«»‹›″", "-": "–—−‐‑", ",": "،؛、，", ".": "।॥。", "?": "؟", "!": "！",
    "ي": "ىی", "ه": "ةہھۃ", "ك": "ک", "ا": "ٱ",
    "o": "ø", "l": "ł", "d": "đð", "i": "ı", "th": "þ", "ae": "æ", "oe": "œ",
    **{str(digit): "٠١٢٣٤٥٦٧٨٩"[digit] + "۰۱۲۳۴۵۶۷۸۹"[digit] + "०१२३४५६७८९"[digit] for digit in range(10)},
}  # fmt: skip
_LETTERS = {ord(form): letter for letter, forms in _FORMS.items() for form in forms}
_EMOJI = re.compile("([\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff])\\1*")
_WORDS = re.compile(r"[^\W\d_]+")
_LATIN, _EASTERN = re.compile("[a-z]"), re.compile("[\u0370-\u04ff]")
_LATIN_LOOKS = str.maketrans("аеорсухіјѕԁһԛԝвкмнтαεικνορτυχ", "aeopcyxijsdhqwbkmhtaeiknoptux")
_CYRILLIC_LOOKS = str.maketrans("aeopcyxkmtbh", "аеорсухкмтвн")
_UNLIKE_LATIN = re.compile("[бгджзийлпфцчшщъыьэюя]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ELISION = re.compile(r"\b([cdjlmnst]|qu)'(?=[^\W\d_])")


def fold(text: str) -> str:
    """Lower case, one form for each letter, emoji by name, nothing invisible. Works alone on any script."""
    folded = text.lower() if text.isascii() else _fold_unicode(text)
    return _without_apostrophes(folded) if "'" in folded or "`" in folded else folded


def tokens(folded: str) -> list[str]:
    """Words, numbers and clause marks in order. A word may hold signs inside it ("k!ll", "sui.cide", "7.5")."""
    found: list[str] = []
    for chunk in folded.replace("\n", " , ").split():
        if chunk.isalnum():  # most are, and this is twice as fast as one expression over the whole text
            found.append(chunk)
        else:
            found += _TOKEN.findall(chunk)
    return found


def _without_apostrophes(text: str) -> str:
    """French elisions become words of their own ("j'ai"), all others close up ("don't")."""
    return _ELISION.sub(r"\1 ", text.replace("`", "'")).replace("'", "")


def _fold_unicode(text: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text).casefold())
    text = _MARKS.sub("", text).translate(_LETTERS)
    text = _EMOJI.sub(_emoji_name, unicodedata.normalize("NFC", text))
    text = _HAN.sub(r" \g<0> ", text)  # Chinese puts no spaces: every character is a word here
    return _WORDS.sub(_one_script, text) if _LATIN.search(text) and _EASTERN.search(text) else text


def _emoji_name(found: re.Match[str]) -> str:
    """One word, which nothing splits: "face" in its name is no face."""
    return " " + unicodedata.name(found[1], "emoji").lower().replace(" ", "").replace("-", "") + " "


def _one_script(found: re.Match[str]) -> str:
    """A word of two scripts is a disguise: it is Cyrillic if one of its letters can be nothing else, else Latin."""
    word = found[0]
    if not (_LATIN.search(word) and _EASTERN.search(word)):
        return word
    return word.translate(_CYRILLIC_LOOKS if _UNLIKE_LATIN.search(word) else _LATIN_LOOKS)
