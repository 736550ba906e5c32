"""Transcripts in files of many programs -> spoken text with speakers and times, and headings between it."""

from feedbuilder.captions.read import FORMS, UnknownFormError, read_transcript
from feedbuilder.captions.spoken import Fault, Heading, Spoken, Transcript, Word

__all__ = ["FORMS", "Fault", "Heading", "Spoken", "Transcript", "UnknownFormError", "Word", "read_transcript"]
