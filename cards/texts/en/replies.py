"""Private sentences: refusals, which say what was wrong and how to mend it, and confirmations."""

TEXTS = {
    "refusal.user_limit": "You already have {count} waiting, as many as are allowed at once: wait for one, "
    "or withdraw it with /cancel.",
    "refusal.guild_limit": "This server already has {count} waiting, as many as are allowed at once: try "
    "again in a while.",
    "refusal.cooldown": "Wait {duration}, then ask again.",
    "refusal.queue_full": "The queue is full: try again in a few minutes.",
    "refusal.wrong_channel": "Etude does not compose in this channel: go to {channels}.",
    "refusal.no_permission": "You need the permission “{permission}” for this: ask a moderator.",
    "refusal.bot_permission": "Etude lacks the permission “{permission}” in this channel: ask a moderator to "
    "grant it.",
    "refusal.guild_only": "This works in a server only: go to one that has Etude.",
    "refusal.not_requester": "Only whoever asked for the piece, or a moderator, may do this.",
    "refusal.unknown_piece": "There is no piece “{id}”: copy the id from below its card.",
    "refusal.other_server": "This piece was composed in another server: show it there.",
    "refusal.not_ready": "This piece is not ready yet: try again in a moment.",
    "refusal.deleted_piece": "This piece was deleted: ask for a new one with /compose.",
    "refusal.nothing_to_cancel": "Nothing of yours is waiting: /queue shows what is.",
    "refusal.not_waiting": "This piece is not waiting any more: it is done, or was withdrawn.",
    "refusal.no_worker": "No worker is there at the moment: try again in a few minutes.",
    "refusal.redis_away": "The queue cannot be reached at the moment: try again in a minute.",
    "refusal.database_away": "The pieces cannot be reached at the moment: try again in a minute.",
    "refusal.primer_too_large": "The MIDI file has more than the {size} that are accepted: give a smaller "
    "one.",
    "refusal.not_midi": "This is not a MIDI file: give one that ends in .mid or .midi.",
    "refusal.primer_unreadable": "Discord did not hand over the MIDI file: attach it once more.",
    "refusal.primer_lost": "The MIDI file to go on from was lost, as Etude had to start anew: please ask "
    "again.",
    "refusal.data_too_large": "The file with your data has {size}, more than Discord takes here: ask the "
    "operator of Etude to hand it to you.",
    "refusal.no_study": "No listening study is open at the moment: try again when one is announced.",
    "refusal.all_heard": "You have heard all that this study can ask you so. Thank you.",
    "refusal.excerpts_too_large": "The excerpts of this study are larger than the {size} that are allowed "
    "here: ask the operator of Etude to prepare it in a smaller audio format.",
    "refusal.no_report": "The results cannot be counted at the moment, and the operator can read in the log "
    "why: try again later.",
    "refusal.no_votes": "There has been no listening study yet, so there are no votes to export.",
    "refusal.expired": "This has expired: ask again with /compose.",
    "refusal.late": "This takes longer than it may at the moment: try again in a minute.",
    "refusal.unexpected": "Something went wrong here, and the operator can read about it in the log: try "
    "again.",
    "notice.canceled": "Withdrawn: {title}.",
    "notice.canceling": "It is being withdrawn: {title}.",
    "notice.canceled_all": "Withdrawn: {count}.",
    "notice.deleted": "The piece is deleted.",
}
