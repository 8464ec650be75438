"""castlist: who is in this video, and when?

People are clustered by face first; then unknown and low-confidence faces are given back to their
person by clothing. Start at ``castlist.clustering.pipeline``.
"""

__version__ = "0.1.0"
