"""Pages to read: help, about, ping, invite, privacy, own data and settings."""

TEXTS = {
    "help.title": "Etude komponiert Klavierstücke",
    "help.introduction": "Wünsch dir eins mit {compose}. Jede Angabe ist freiwillig: Was du offen lässt, "
    "entscheidet das Netz. Das Stück kommt als Aufnahme, als MIDI-Datei und als Bild.",
    "help.commands": "Befehle",
    "help.buttons": "Unter einem Stück",
    "help.buttons.text": "**Noch eins** komponiert mit anderem Seed, **Fortsetzen** schließt ans Ende an, "
    "**Variation** behält den Anfang, **Rezept** zeigt alle Angaben, **Löschen** nimmt das Stück weg (nur, "
    "wer es gewünscht hat, und die Moderation).",
    "help.rating": "Bewerten",
    "help.rating.text": "Reagiere mit 1️⃣ bis 5️⃣, am besten ist 5️⃣. Deine letzte Reaktion zählt; nimmst du "
    "sie zurück, zählt sie nicht mehr.",
    "help.listening": "Hörstudien",
    "help.listening.text": "Solange eine Studie offen ist, spielen **/duel**, **/guess** und **/listen** dir "
    "allein Ausschnitte vor. Hör zu, bevor du abstimmst: Deine erste Antwort zählt. **/results show** sagt, "
    "wie alle geurteilt haben.",
    "about.title": "Über Etude",
    "about.description": "Ein rekurrentes neuronales Netz (LSTM) spielt Klavier solo, Note für Note, mit "
    "Timing und Dynamik, und FluidSynth bringt es zum Klingen. Jedes Stück zeigt, was gewünscht und was "
    "gemessen wurde, und sein Rezept ergibt es noch einmal, Byte für Byte.",
    "about.no_worker": "Zurzeit ist kein Worker da, deshalb kann gerade nichts komponiert werden.",
    "about.styles": "Stile",
    "about.length": "Länge",
    "about.length.span": "{low} bis {high} s",
    "about.formats": "Audio",
    "about.checkpoint": "Checkpoint",
    "about.sampler": "Sampler",
    "about.pieces": "Stücke bisher",
    "about.footer": "Code: MIT · mitgelieferte Gewichte: CC BY-NC-SA 4.0",
    "ping.title": "Pong",
    "ping.gateway": "Discord",
    "ping.redis": "Redis",
    "ping.workers": "Worker",
    "ping.milliseconds": "{number} ms",
    "ping.away": "nicht erreichbar",
    "invite.text": "Hol Etude auf einen anderen Server; dort brauchst du „Server verwalten“.",
    "invite.button": "Zu einem Server hinzufügen",
    "privacy.title": "Datenschutz",
    "privacy.stored": "Was gespeichert wird",
    "privacy.stored.text": "Zu jedem Wunsch: die IDs (Nummern) der Person, des Servers, des Kanals und der "
    "Nachricht, wann es war, und das Rezept. Zu jedem Stück: sein Rezept, seine MIDI-Datei und die "
    "MIDI-Datei, die es fortsetzt, falls eine gegeben war. Zu jeder Bewertung und jeder Stimme in einer "
    "Hörstudie: die ID der Person. Zu einem Server: seine Einstellungen.",
    "privacy.not_stored": "Was nicht",
    "privacy.not_stored.text": "Namen, Bilder und was Leute schreiben. Etude liest keine Nachrichten.",
    "privacy.purpose": "Wozu",
    "privacy.purpose.text": "Um ein Stück wieder zu zeigen, damit seine Knöpfe funktionieren, um zu wissen, "
    "wer es löschen darf, und um zu lernen, wie Stücke beurteilt werden.",
    "privacy.duration": "Wie lange",
    "privacy.duration.text": "{get} gibt dir alles über dich als Datei. {delete} nimmt deine ID von jedem "
    "Wunsch und jeder Stimme in einer Studie und löscht deine Bewertungen; Stücke und Stimmen bleiben ohne "
    "Bezug zu dir, Stücke, bis **Löschen** sie wegnimmt. "
    "Was zwischen den Teilen von Etude unterwegs ist, verschwindet, wenn das Stück da ist, spätestens nach "
    "30 Tagen.",
    "mydata.text": "Alles, was über dich gespeichert ist, steht in der Datei. Wünsche: {requests} · "
    "Reaktionen: {reactions} · Fragen in Studien: {votes}.",
    "mydata.empty": "Über dich ist nichts gespeichert.",
    "mydata.file": "JSON-Datei mit allem, was Etude über dich gespeichert hat.",
    "mydata.deleted": "Erledigt. Wünsche, die deine ID nicht mehr tragen: {requests} · Stimmen in Studien, "
    "die sie nicht mehr tragen: {votes} · gelöschte Reaktionen: {reactions}. Über dich ist nichts mehr "
    "gespeichert. Stücke und Stimmen bleiben ohne Bezug zu dir.",
    "settings.title": "Einstellungen dieses Servers",
    "settings.changed": "Gespeichert.",
    "settings.style": "Stil, wo keiner genannt ist",
    "settings.length": "Länge, wo keine genannt ist",
    "settings.channels": "Kanäle",
    "settings.channels.all": "alle",
    "settings.channels.more": "{channels} und {count} weitere",
    "settings.user_limit": "Wartende Stücke zugleich, je Mitglied",
    "settings.voting": "Bewertung durch Reaktionen",
    "settings.on": "an",
    "settings.off": "aus",
}
