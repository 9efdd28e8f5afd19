"""A listening study as plain data: what is compared, in which order listeners meet it, what they answered.

Standard library only: the store keeps studies, the bot asks their questions, the report counts their votes.
"""
