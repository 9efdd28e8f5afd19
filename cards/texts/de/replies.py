"""Private sentences: refusals, which say what was wrong and how to mend it, and confirmations."""

TEXTS = {
    "refusal.user_limit": "Von dir warten schon {count}, mehr sind zugleich nicht erlaubt: Warte eins ab, "
    "oder zieh es mit /cancel zurück.",
    "refusal.guild_limit": "Von diesem Server warten schon {count}, mehr sind zugleich nicht erlaubt: "
    "Versuch es nach einer Weile wieder.",
    "refusal.cooldown": "Warte {duration}, dann frag noch einmal.",
    "refusal.queue_full": "Die Warteschlange ist voll: Versuch es in ein paar Minuten wieder.",
    "refusal.wrong_channel": "In diesem Kanal komponiert Etude nicht: Geh zu {channels}.",
    "refusal.no_permission": "Dafür brauchst du die Berechtigung „{permission}“: Frag die Moderation.",
    "refusal.bot_permission": "Etude fehlt in diesem Kanal die Berechtigung „{permission}“: Bitte die "
    "Moderation, sie zu erteilen.",
    "refusal.guild_only": "Das geht nur auf einem Server: Geh auf einen, der Etude hat.",
    "refusal.not_requester": "Das darf nur, wer das Stück gewünscht hat, und die Moderation.",
    "refusal.unknown_piece": "Ein Stück „{id}“ gibt es nicht: Nimm die Kennung, die unten auf seiner Karte "
    "steht.",
    "refusal.other_server": "Dieses Stück entstand auf einem anderen Server: Zeig es dort.",
    "refusal.not_ready": "Dieses Stück ist noch nicht so weit: Versuch es gleich noch einmal.",
    "refusal.deleted_piece": "Dieses Stück wurde gelöscht: Wünsch dir mit /compose ein neues.",
    "refusal.nothing_to_cancel": "Von dir wartet nichts: /queue zeigt, was wartet.",
    "refusal.not_waiting": "Dieses Stück wartet nicht mehr: Es ist fertig oder wurde zurückgezogen.",
    "refusal.no_worker": "Zurzeit ist kein Worker da: Versuch es in ein paar Minuten wieder.",
    "refusal.redis_away": "Die Warteschlange ist gerade nicht erreichbar: Versuch es in einer Minute wieder.",
    "refusal.database_away": "Die Stücke sind gerade nicht erreichbar: Versuch es in einer Minute wieder.",
    "refusal.primer_too_large": "Die MIDI-Datei hat mehr als die erlaubten {size}: Nimm eine kleinere.",
    "refusal.not_midi": "Das ist keine MIDI-Datei: Nimm eine, die auf .mid oder .midi endet.",
    "refusal.primer_unreadable": "Discord hat die MIDI-Datei nicht herausgegeben: Häng sie noch einmal an.",
    "refusal.primer_lost": "Die MIDI-Datei, die fortgesetzt werden sollte, ging bei einem Neustart von Etude "
    "verloren: Bitte frag noch einmal.",
    "refusal.data_too_large": "Die Datei mit deinen Daten hat {size}, mehr als Discord hier annimmt: Lass "
    "sie dir von denen geben, die Etude betreiben.",
    "refusal.no_study": "Zurzeit ist keine Hörstudie offen: Versuch es wieder, wenn eine angekündigt ist.",
    "refusal.all_heard": "Du hast alles gehört, was diese Studie dich so fragen kann. Danke.",
    "refusal.excerpts_too_large": "Die Ausschnitte dieser Studie sind größer als die {size}, die hier "
    "erlaubt sind: Lass sie von denen, die Etude betreiben, in einem kleineren Audioformat vorbereiten.",
    "refusal.no_report": "Die Ergebnisse lassen sich gerade nicht auszählen, im Protokoll steht mehr: "
    "Versuch es später wieder.",
    "refusal.no_votes": "Eine Hörstudie gab es noch nicht, also gibt es keine Stimmen als Tabelle.",
    "refusal.expired": "Das ist abgelaufen: Frag mit /compose noch einmal.",
    "refusal.late": "Das dauert gerade länger, als es darf: Versuch es in einer Minute wieder.",
    "refusal.unexpected": "Hier ist etwas schiefgegangen, im Protokoll steht mehr: Versuch es noch einmal.",
    "notice.canceled": "Zurückgezogen: {title}.",
    "notice.canceling": "Wird zurückgezogen: {title}.",
    "notice.canceled_all": "Zurückgezogen: {count}.",
    "notice.deleted": "Das Stück ist gelöscht.",
}
