"""Which language a text is plausibly in, told by its script and its smallest words; and which words carry no topic.

The small words are those that people say most often, in speech: also "yeah", "halt" and "du coup".
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LETTERS_SEEN_MAX = 2_000
_WORDS_SEEN_MAX = 2_000
_GUESS_WORDS_MIN = 6
_GUESS_HITS_MIN = 3
_GUESS_SHARE_MIN = 0.15
_GUESS_LEAD_MIN = 1.5
# Japanese and Korean are written in several scripts at once; here they are each one.
_SCRIPTS = {"HIRAGANA": "JAPANESE", "KATAKANA": "JAPANESE", "CJK": "HAN"}

_ENGLISH = """
a about above across actually after again all almost along also always am among an and any anybody anyone anything are
around as ask asked asks at away back be because been before began begin being believe below best better between both
bring brings brought but by call called came can can't cannot come could couldn't did didn't do does doesn't doing
don't done doth down during each either else even ever every everybody everyone everything feel felt few find first
for found from get gets getting give go goes going gone gonna good got great guess had happen happened happens has
hath have haven't having he he's hear hello her here here's hers him his how however i i'd i'll i'm i've idea if in
into is isn't it it's its itself just keep kind kinda know last least less let let's like listen listening little live
lived lives look lot lots made make makes many may maybe me mean might mine more morning most much must my myself need
never new next no nobody none nor not nothing now of off oh ok okay on once one ones only or other others our ours out
over own people per perhaps please point pretty put quite rather really remember remembered remind reminded reminds
right said same saw say saying says see seem seems seen set sets several shall she she's should since so some somebody
someone something sometimes sort start started still stuff such sure take talk talked talks tell than thank thanks
that that's the thee their theirs them themselves then there there's these they they're thine thing things think this
those thou though three through throughout thus thy time to today together tomorrow too toward towards tried try two
under until up upon us use used very via wanna want wants was wasn't way we we'll we're we've week welcome well went
were what what's when where whether which while who who's whole whom whose why will with within without won't worked
would wouldn't yeah year years yes yesterday yet you you'd you'll you're you've your yours yourself
"""
_GERMAN = """
aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei dadurch
dafür damit dann das dass dein deine dem den denn der des deshalb dich die dies diese diesem diesen dieser dieses dir
doch dort du durch ein eine einem einen einer eines einfach einmal er erst es etwas euch für ganz gar genau gibt ging
gut guten habe haben hallo halt hat hatte hatten hier hin ich ihm ihn ihr ihre ihrem ihren im immer in irgendwie ist
ja jede jeder jetzt kann kannst kein keine können könnte mal man mehr mein meine mich mir mit morgen muss nach
natürlich nein nicht nichts noch nun nur oder ohne quasi sehr sein seine seinen sich sie sind so sondern sowas über um
und uns unser unsere unter viel viele vielleicht vom von vor war waren warum was weil wenn wer werden wie wieder
willkommen wir wird wo wurde zu zum zur
"""
_FRENCH = """
ai alors après au aussi autre aux avait avant avec avez avoir avons beaucoup bien bon bonjour c'est car ce cela celle
celui ces cet cette ceux chez comme coup d'un d'une dans de des deux dire dit donc du elle elles en encore est et
étaient était être eu eux faire fait faut hein ici il ils j'ai je jamais juste l'a la là le les leur leurs lui ma mais
me même merci mes moi mon n'est ne ni non nos notre nous on ont ou où oui par parce pas peu peut plus pour pourquoi
qu'il qu'on quand que quel quelle quelque qui quoi sa sans se ses si son sont suis sur ta te tes toi ton tous tout
toute toutes très tu un une va vers voilà votre vous y
"""
_SPANISH = """
a ahora al algo alguien así aunque aquí bien bueno cada casi como con cosa cosas cuando cual de del desde donde dos e
el ella ellas ellos en entonces entre era eran es esa ese eso esta está estaba estamos están este esto estos fue
gracias ha había hace han hasta hay hola la las le les lo los más me mi mis mucho muy nada ni no nos nosotros o otra
otro para pero poco por porque pues qué que quien quién se sea ser si sí sido siempre sin sobre solo son su sus
también tan tanto te tiene tienen toda todas todo todos tu un una uno unos usted va vamos ver vez y ya yo
"""
_ITALIAN = """
a abbiamo adesso ai al alla allora anche ancora avere c'è che chi ci ciao come con cosa così cui da dal dalla degli
dei del della delle di dire dove due e è ecco era erano essere fa fare fatto gli grazie ha hai hanno ho i il in io
l'ha la le lei li lo loro lui ma mi mia mio molto ne nel nella no noi non o oggi ogni per perché più poi può prima
quando quel quella quello questa queste questi questo qui quindi se sei sempre senza si sì siamo sono sta su sua suo
sul tra tu tutti tutto un un' una uno va vi voi
"""
_PORTUGUESE = """
a agora ainda algo ao aos aqui as assim até bem bom cada com como da das de dela dele depois do dos e é ela elas ele
eles em então era eram essa esse está estava este eu falar faz foi gente há isso isto já lá lhe mais mas me mesmo meu
minha muito na não nas nem no nos nós num numa o obrigado olá onde os ou para pela pelo pois por porque pra quando que
quem são se sem ser seu só sua também tá te tem tinha tudo um uma vai você vocês
"""
_DUTCH = """
aan al alle alleen als altijd ben bij bijvoorbeeld daar dan dat de deze die dit doen door dus echt een eens en er gaan
gaat geen gewoon goed haar had hallo heb hebben heeft heel hem het hier hij hoe hun iets ik in is ja je jij jullie kan
kun maar me meer met mij mijn moet naar nee niet niets nog nou nu of om omdat ons onze ook op over te toch toen tot
uit van veel voor waar want waren was wat we wel welke wij wil worden wordt zal ze zeg zegt zich zij zijn zo zou
"""

SMALL_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(_ENGLISH.split()),
    "de": frozenset(_GERMAN.split()),
    "fr": frozenset(_FRENCH.split()),
    "es": frozenset(_SPANISH.split()),
    "it": frozenset(_ITALIAN.split()),
    "pt": frozenset(_PORTUGUESE.split()),
    "nl": frozenset(_DUTCH.split()),
}
LANGUAGE_NAMES: Mapping[str, str] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
}


def words_in(text: str) -> list[str]:
    """The words of a text in lower case, with straight apostrophes and without any other sign."""
    return [match.group().casefold().replace("’", "'") for match in _WORD.finditer(text)]


def small_words(language: str) -> frozenset[str]:
    """Words of a language that carry no topic; of a language that is not known here, none."""
    return SMALL_WORDS.get(base_of(language), frozenset())


def content_words(text: str, language: str) -> list[str]:
    """The words that carry a topic: no small words, no single letters, no numbers."""
    small = small_words(language)
    return [word for word in words_in(text) if len(word) > 1 and word not in small and not word.isdigit()]


def base_of(language: str) -> str:
    """The language without its region: ``en`` of ``en-US``."""
    return language.replace("_", "-").partition("-")[0].casefold()


def script_of(text: str) -> str | None:
    """The script of most letters, as Unicode names it (``LATIN``, ``CYRILLIC``), or None without letters."""
    letters = [character for character in text if character.isalpha()][:_LETTERS_SEEN_MAX]
    names = (unicodedata.name(letter, "").partition(" ")[0].partition("-")[0] for letter in letters)
    counted = Counter(_SCRIPTS.get(name, name) for name in names)
    return counted.most_common(1)[0][0] if counted else None


def guessed_language(text: str) -> str | None:
    """The language whose small words stand in a text, where one clearly leads; None where nothing can be said."""
    words = words_in(text)[:_WORDS_SEEN_MAX]
    if len(words) < _GUESS_WORDS_MIN:
        return None
    hits = {language: sum(word in small for word in words) for language, small in SMALL_WORDS.items()}
    first, second = sorted(hits, key=lambda language: -hits[language])[:2]
    if hits[first] < max(_GUESS_HITS_MIN, _GUESS_SHARE_MIN * len(words)):
        return None
    return first if hits[first] >= _GUESS_LEAD_MIN * hits[second] else None


def is_plausible(text: str, language: str, spoken: str) -> bool:
    """Whether a text may be in the language of what was spoken: in its script, and not clearly in another language.

    ``language`` is what the transcript says of itself; a recogniser that knows one language says that one of every
    recording, so what the words themselves look like counts as well.
    """
    scripts = script_of(text), script_of(spoken)
    if None not in scripts and scripts[0] != scripts[1] and not {*scripts} <= {"HAN", "JAPANESE"}:
        return False
    if base_of(language) not in SMALL_WORDS:
        return True  # a language that is not known here looks like its neighbour
    guess = guessed_language(text)
    return guess is None or guess in {base_of(language), guessed_language(spoken)}


def runs(words: Iterable[str], length: int) -> set[tuple[str, ...]]:
    """All runs of so many words that follow each other."""
    listed = list(words)
    return {tuple(listed[at : at + length]) for at in range(len(listed) - length + 1)}
