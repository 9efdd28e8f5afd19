"""Pages to read: help, about, ping, invite, privacy, own data and settings."""

TEXTS = {
    "help.title": "Etude composes piano pieces",
    "help.introduction": "Ask with {compose}. Every option may be left out: what you leave open, the network "
    "decides. The piece comes as audio, as a MIDI file and as a picture.",
    "help.commands": "Commands",
    "help.buttons": "Under a piece",
    "help.buttons.text": "**Again** composes with another seed, **Continue** goes on from the end, "
    "**Variation** keeps the opening, **Recipe** shows all parameters, **Delete** takes the piece away (for "
    "whoever asked for it, and for moderators).",
    "help.rating": "Rating",
    "help.rating.text": "React with 1️⃣ to 5️⃣, the best is 5️⃣. Your last reaction counts; take it away and "
    "it counts no more.",
    "help.listening": "Listening studies",
    "help.listening.text": "While a study is open, **/duel**, **/guess** and **/listen** play excerpts that "
    "only you hear of. Listen before you vote: your first answer counts. **/results show** tells how all "
    "listeners judged.",
    "about.title": "About Etude",
    "about.description": "A recurrent neural network (LSTM) plays solo piano note by note, timing and "
    "dynamics included, and FluidSynth makes it sound. Every piece shows what was asked beside what was "
    "measured, and its recipe makes it again, byte for byte.",
    "about.no_worker": "No worker is there at the moment, so nothing can be composed right now.",
    "about.styles": "Styles",
    "about.length": "Length",
    "about.length.span": "{low} to {high} s",
    "about.formats": "Audio",
    "about.checkpoint": "Checkpoint",
    "about.sampler": "Sampler",
    "about.pieces": "Pieces so far",
    "about.footer": "Code: MIT · weights that come with Etude: CC BY-NC-SA 4.0",
    "ping.title": "Pong",
    "ping.gateway": "Discord",
    "ping.redis": "Redis",
    "ping.workers": "Workers",
    "ping.milliseconds": "{number} ms",
    "ping.away": "cannot be reached",
    "invite.text": "Add Etude to another server; you need “Manage Server” there.",
    "invite.button": "Add to a server",
    "privacy.title": "Privacy",
    "privacy.stored": "What is stored",
    "privacy.stored.text": "For every request: the ids (numbers) of whoever asked, of server, channel and "
    "message, when it was, and the recipe. For every piece: its recipe, its MIDI file, and the MIDI file "
    "that it goes on from, if one was given. For every rating, and every vote in a listening study: the id "
    "of whoever gave it. For a server: its settings.",
    "privacy.not_stored": "What is not",
    "privacy.not_stored.text": "Names, pictures, and what people write. Etude reads no messages.",
    "privacy.purpose": "Why",
    "privacy.purpose.text": "To show a piece again, to make its buttons work, to know who may delete it, and "
    "to learn how listeners judge pieces.",
    "privacy.duration": "How long",
    "privacy.duration.text": "{get} gives you everything about you as a file. {delete} takes your id off "
    "every request and every vote in a study, and erases your ratings; pieces and votes stay, tied to "
    "nobody, pieces until **Delete** takes them away. "
    "What is on its way between the parts of Etude goes when the piece is there, after 30 days at the "
    "latest.",
    "mydata.text": "Everything that is stored about you is in the file. Requests: {requests} · reactions: "
    "{reactions} · questions in studies: {votes}.",
    "mydata.empty": "Nothing is stored about you.",
    "mydata.file": "JSON file with everything that Etude has stored about you.",
    "mydata.deleted": "Done. Requests that no longer have your id: {requests} · votes in studies that no "
    "longer have it: {votes} · reactions erased: {reactions}. Nothing is stored about you any more. Pieces "
    "and votes stay, tied to nobody.",
    "settings.title": "Settings of this server",
    "settings.changed": "Saved.",
    "settings.style": "Style where none is asked for",
    "settings.length": "Length where none is asked for",
    "settings.channels": "Channels",
    "settings.channels.all": "all",
    "settings.channels.more": "{channels} and {count} more",
    "settings.user_limit": "Pieces waiting at once, a member",
    "settings.voting": "Rating by reactions",
    "settings.on": "on",
    "settings.off": "off",
}
