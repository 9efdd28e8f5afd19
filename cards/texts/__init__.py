"""All texts that users read, a folder a language.

To add a language, copy the folder `en`, translate what stands to the right of each colon, and name the
folder in `cards/catalogue.py`. What stands in braces stays as it is, but may stand elsewhere in the sentence;
names of commands and options stay English, so that a recipe can be handed from one listener to another.
A test tells of every text that is missing, too long for Discord, or has other braces than the English one.
"""
