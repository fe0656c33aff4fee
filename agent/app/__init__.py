"""The composition root: from settings to a running conversation.

Here, and only here, adapters are chosen and given to the stages. Nesting is
shutdown order: store → journal → adapters → channels → services.
"""
