"""Transcripts in files of many programs -> spoken text with speakers and times, and headings between it."""

from feedbuilder.captions.read import FORMS, read_transcript
from feedbuilder.captions.spoken import Fault, Section, Spoken, Transcript, UnknownFormError, Word

__all__ = ["FORMS", "Fault", "Section", "Spoken", "Transcript", "UnknownFormError", "Word", "read_transcript"]
