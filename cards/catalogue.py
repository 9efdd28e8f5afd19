"""All texts that users read about a piece, by language; English is complete, others fall back on it."""

from types import MappingProxyType

_ENGLISH = MappingProxyType(
    {
        "stage.waiting": "Waiting",
        "stage.sample": "Composing",
        "stage.render": "Rendering",
        "stage.encode": "Encoding",
        "stage.picture": "Drawing",
        "stage.deliver": "Delivering",
        "subtitle": "{style}{seconds} s · {notes_per_second} notes a second · seed {seed}",
        "subtitle.style": "{style} · ",
        "title": "{form}, No. {number}",
        "title.with_key": "{form} in {key}, No. {number}",
        "key.C major": "C major",
        "key.Db major": "D-flat major",
        "key.D major": "D major",
        "key.Eb major": "E-flat major",
        "key.E major": "E major",
        "key.F major": "F major",
        "key.Gb major": "G-flat major",
        "key.G major": "G major",
        "key.Ab major": "A-flat major",
        "key.A major": "A major",
        "key.Bb major": "B-flat major",
        "key.B major": "B major",
        "key.C minor": "C minor",
        "key.C# minor": "C-sharp minor",
        "key.D minor": "D minor",
        "key.Eb minor": "E-flat minor",
        "key.E minor": "E minor",
        "key.F minor": "F minor",
        "key.F# minor": "F-sharp minor",
        "key.G minor": "G minor",
        "key.G# minor": "G-sharp minor",
        "key.A minor": "A minor",
        "key.Bb minor": "B-flat minor",
        "key.B minor": "B minor",
        "form.air": "Air",
        "form.allegro": "Allegro",
        "form.allemande": "Allemande",
        "form.andante": "Andante",
        "form.arabesque": "Arabesque",
        "form.bagatelle": "Bagatelle",
        "form.ballad": "Ballad",
        "form.bolero": "Bolero",
        "form.bulgar": "Bulgar",
        "form.burlesque": "Burlesque",
        "form.cakewalk": "Cakewalk",
        "form.courante": "Courante",
        "form.cycle": "Cycle",
        "form.danzon": "Danzón",
        "form.doina": "Doina",
        "form.fantasia": "Fantasia",
        "form.freylekhs": "Freylekhs",
        "form.gigue": "Gigue",
        "form.habanera": "Habanera",
        "form.hora": "Hora",
        "form.image": "Image",
        "form.impromptu": "Impromptu",
        "form.intermezzo": "Intermezzo",
        "form.invention": "Invention",
        "form.mazurka": "Mazurka",
        "form.meditation": "Meditation",
        "form.miniature": "Miniature",
        "form.nigun": "Nigun",
        "form.nocturne": "Nocturne",
        "form.ostinato": "Ostinato",
        "form.pattern": "Pattern",
        "form.polka": "Polka",
        "form.prelude": "Prelude",
        "form.rag": "Rag",
        "form.refrain": "Refrain",
        "form.reverie": "Reverie",
        "form.romance": "Romance",
        "form.rondo": "Rondo",
        "form.sarabande": "Sarabande",
        "form.scherzo": "Scherzo",
        "form.serenade": "Serenade",
        "form.slow_drag": "Slow Drag",
        "form.sher": "Sher",
        "form.sketch": "Sketch",
        "form.sonatina": "Sonatina",
        "form.song": "Song",
        "form.study": "Study",
        "form.tango": "Tango",
        "form.toccata": "Toccata",
        "form.two_step": "Two-Step",
        "form.waltz": "Waltz",
    }
)

_LANGUAGES = MappingProxyType({"en": _ENGLISH})


def text(key: str, locale: str = "en", /, **values: str | int) -> str:
    """Returns the text `key` in the language of `locale`, with `values` put into its places.

    A locale such as "en-GB" is served by its language. What a language lacks is told in English.

    Raises:
        KeyError: if English has no such text, or `values` lacks one of its places.
    """
    language = _LANGUAGES.get(locale.partition("-")[0], _ENGLISH)
    return language.get(key, _ENGLISH[key]).format_map(values)
