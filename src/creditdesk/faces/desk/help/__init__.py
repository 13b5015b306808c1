"""What each page is for, what can be done there, and what is good to know: the help panel."""

from creditdesk.faces.desk.help.topics import TOPICS, Topic, topic_of

__all__ = ["TOPICS", "Topic", "topic_of"]
