"""What is stored about a person who uses the bot: given out, and erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from listening.store.counters import take_turn
from listening.store.database import Transaction
from listening.store.study_tables import Study, StudyListener, StudyQuestion
from listening.store.tables import Message, Reaction


@dataclass(frozen=True)
class Erased:
    """What was erased of a person.

    Attributes:
        requests: that no longer say who asked.
        reactions: that were removed.
        votes: in studies, that no longer say whose they are.
    """

    requests: int
    reactions: int
    votes: int = 0


class People:
    """The data of persons; every method is a transaction, with errors as those of `Store`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def data_of(self, user_id: int) -> dict[str, Any]:
        """Returns all that is stored about a person, as plain JSON values.

        Ids of Discord are texts, as in Discord's own JSON, times ISO 8601 in UTC. Under `requests` stands
        what the person asked for, each with its recipe (`request`; of a piece shown again its id only),
        server, channel and message, state and times; under `reactions` which reactions of theirs stand
        under which message; under `votes` what they were asked and answered in studies, and why it was left
        out, if it was. Nothing else in the store has a person's id. What a question is for is told once it
        is answered: before, a listener who knew would not be blind any more.
        """
        asked = select(Message).where(Message.user_id == user_id).order_by(Message.created_at, Message.id)
        stands = (
            select(Reaction, Message)
            .join(Message, Message.id == Reaction.request_id)
            .where(Reaction.user_id == user_id)
            .order_by(Reaction.turn, Reaction.value)
        )
        questions = (
            select(StudyQuestion, StudyListener.number, Study.name)
            .join(StudyListener, StudyListener.id == StudyQuestion.listener_id)
            .join(Study, Study.id == StudyListener.study_id)
            .where(StudyListener.user_id == user_id)
            .order_by(Study.id, StudyQuestion.turn)
        )
        with self._transaction() as session:
            return {
                "user_id": str(user_id),
                "requests": [
                    {
                        **_place(message),
                        "kind": message.kind,
                        "state": message.state,
                        "asked_at": _time(message.created_at),
                        "changed_at": _time(message.changed_at),
                        "request": (message.task or {}).get("request"),
                    }
                    for message in session.scalars(asked)
                ],
                "reactions": [
                    {
                        **_place(message),
                        "value": reaction.value,
                        "is_heard": reaction.is_heard,
                        "learned_at": _time(reaction.learned_at),
                    }
                    for reaction, message in session.execute(stands)
                ],
                "votes": [
                    {
                        "study": study,
                        "listener": number,
                        "id": question.id,
                        "guild_id": str(question.guild_id),
                        "kind": question.kind,
                        "place": question.place,
                        "turn": question.turn,
                        "step": question.step,
                        "steps": question.steps,
                        "role": None if question.answer is None else question.role,
                        "excerpts": [one for one in (question.first_id, question.second_id) if one],
                        "shown_at": question.shown_at and _time(question.shown_at),
                        "answered_at": question.answered_at and _time(question.answered_at),
                        "answer": question.answer,
                        "left_out": question.left_out,
                    }
                    for question, number, study in session.execute(questions)
                ],
            }

    def erase(self, user_id: int) -> Erased:
        """Erases a person from the store; again erases what has come since.

        Erased are all their reactions, and with them their ratings, and their id on every request of theirs:
        afterwards nothing in the store has the person's id. What stays knows no person: the requests with
        recipe, server, channel, message and times (one that waits is still delivered), and the pieces with
        their files, a primer that was uploaded among them, until they are deleted themselves. Under
        messages where reactions were erased it is noted that somebody did so, for `Ratings.reconcile`: the
        reactions may stand in the chat, and must not be learned again. One that is set anew is stored anew.

        Votes in studies stay and count, so that results that were told once still add up; but the listener
        who gave them is a number from then on, and whoever comes again is another listener.
        """
        reactions = Reaction.user_id == user_id
        reacted = Message.id.in_(select(Reaction.request_id).where(reactions))
        anonymous = update(Message).where(Message.user_id == user_id).values(user_id=None)
        listeners = update(StudyListener).where(StudyListener.user_id == user_id).values(user_id=None)
        votes = (
            select(func.count())
            .select_from(StudyQuestion)
            .join(StudyListener, StudyListener.id == StudyQuestion.listener_id)
            .where(StudyListener.user_id == user_id, StudyQuestion.answer.is_not(None))
        )
        with self._transaction() as session:
            turn = take_turn(session)
            voted = session.scalars(votes).one()
            session.execute(listeners)
            session.execute(update(Message).where(reacted).values(is_partly_erased=True, last_turn=turn))
            return Erased(
                requests=len(session.scalars(anonymous.returning(Message.id)).all()),
                reactions=len(
                    session.scalars(delete(Reaction).where(reactions).returning(Reaction.value)).all()
                ),
                votes=voted,
            )


def _place(message: Message) -> dict[str, str | None]:
    return {
        "id": message.id,
        "piece_id": message.piece_id,
        "guild_id": str(message.guild_id),
        "channel_id": str(message.channel_id),
        "message_id": None if message.message_id is None else str(message.message_id),
    }


def _time(moment: datetime) -> str:
    return moment.isoformat()
