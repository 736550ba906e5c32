"""Every rule that a finding can name: one row each. Ids such as APL-28 are rows of docs/conformance.md.

A row says what is demanded, how serious it is, what the program does about it, and how to mend it. The sources of the
rules taken from platforms stand in ``source``; our own have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from feedbuilder.errors import Problem

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. ``effect`` and ``remedy`` are what a finding says when it does not say it itself."""

    id: str
    level: Level
    text: str
    remedy: str
    effect: str = ""
    source: str = ""


_ROWS = (
    # --- files of the project ---
    Rule(
        "FILE-1",
        "error",
        "A file lies in the folder where it is looked for, also when it is a link.",
        "move the file there instead of linking it",
        "not read",
    ),
    Rule("FILE-2", "error", "Only regular files are read.", "put a regular file there", "not read"),
    Rule("FILE-3", "error", "A file can be read.", "check the file and its permissions", "not read"),
    Rule("FILE-4", "error", "The name of a file is printable text in UTF-8.", "rename it", "not read"),
    Rule(
        "FILE-5",
        "note",
        "Links to folders are not followed: files inside the same folder are read where they are.",
        "remove the link",
        "not followed",
    ),
    Rule("FILE-6", "error", "The size of a file is bounded.", "make it smaller", "not read"),
    Rule(
        "FILE-7",
        "error",
        "The depth and the number of the files in a folder are bounded.",
        "split the folder",
        "not read",
    ),
    Rule(
        "FILE-8",
        "error",
        "A project is a folder with config/show.yaml.",
        "go to the project, name it with --project, or make one with feedbuilder init",
    ),
    Rule("FILE-9", "error", "A new file replaces none.", "choose another name", "not written"),
    Rule(
        "FILE-10",
        "error",
        "A file can be written.",
        "check the space on the disk and the permissions of the folder",
        "nothing was changed",
    ),
    # --- media: audio and pictures of the project ---
    Rule(
        "MED-1",
        "error",
        "Audio and pictures of a project lie in its media folders, never in config/, and no name starts with a dot.",
        "move the file into a media folder",
        "not published",
    ),
    Rule("MED-2", "error", "A file that is published is there.", "correct the path or add the file", "not published"),
    Rule(
        "MED-3",
        "error",
        "Only audio and pictures are published; the content decides, not the name.",
        "convert it to MP3, M4A, JPEG or PNG",
        "not published",
    ),
    Rule("MED-4", "error", "The size of a picture in pixels is bounded.", "scale it down", "not published"),
    Rule(
        "MED-5",
        "error",
        "One audio file belongs to a record.",
        "keep one of them, and rename the others",
        "none of them is used",
    ),
    Rule("MED-6", "error", "A file stands still while it is measured.", "run again", "not published"),
    Rule("MED-7", "error", "An enclosure leads to audio or video.", "mend its address", "not measured"),
    Rule("MED-8", "warning", "What is written of audio is what its host has.", "write what it has", "kept as written"),
    Rule("MED-9", "note", "Audio says how long it is.", "run again with --whole, to read all of it"),
    Rule("MED-10", "error", "Chapters are written into MP3, M4A and MP4.", "convert it to MP3 or M4A", "not written"),
    Rule("MED-11", "error", "Tags can be written.", "install ffmpeg, or mend the file", "not written"),
    Rule("MED-12", "error", "Only audio of this project is tagged.", "put the file into the media folder"),
    Rule("MED-13", "note", "Art inside of audio has at most 1 MiB.", "make it smaller", "the file keeps its own"),
    Rule("MED-14", "error", "Artwork can be made of a picture.", "make it by hand", "none is made"),
    Rule("MED-15", "note", "Chapters stand in the record.", "nothing to do, or write chapters:"),
    Rule(
        "MED-16",
        "warning",
        "A picture is a file of the project or of the site.",
        "mend the name, or set site_url if the site has it",
        "its address on the site is written",
    ),
    # --- publishing ---
    Rule(
        "PUB-1",
        "error",
        "A published path is relative, plain and at most 200 bytes long.",
        "rename the record or the file it comes from",
        "nothing was changed",
    ),
    Rule(
        "PUB-2",
        "error",
        "Two published paths differ in more than case, and none is the folder of another.",
        "rename one of them",
        "nothing was changed",
    ),
    Rule(
        "PUB-3",
        "error",
        "A release and what is written beside it about it are whole.",
        "go back to another release with feedbuilder rollback ID",
        "nothing was changed",
    ),
    Rule(
        "PUB-4",
        "error",
        "The current release is what public/current, a link into public/releases, points to.",
        "move what is there away, or point it back with feedbuilder rollback ID",
        "nothing was changed",
    ),
    Rule(
        "PUB-5",
        "error",
        "A release can be written.",
        "check the space on the disk and the permissions of the folder",
        "the last release stays",
    ),
    Rule(
        "PUB-6", "error", "A published file has the content that was measured.", "run again", "the last release stays"
    ),
    Rule(
        "PUB-7",
        "error",
        "Only a release that is there can be gone back to.",
        "choose one of the list",
        "nothing was changed",
    ),
    Rule("PUB-8", "warning", "Old releases can be removed.", "remove it by hand", "left behind"),
    # --- network ---
    Rule("NET-1", "error", "Only http and https URLs with a host are fetched.", "correct the URL", "not fetched"),
    Rule(
        "NET-2",
        "error",
        "Only public addresses are connected to.",
        "name a public URL, or add --allow-private if that host is yours",
        "not fetched",
    ),
    Rule(
        "NET-3", "error", "A chain of redirects ends, after 10 at most.", "name the last URL", "not fetched", "HTTP-4"
    ),
    Rule("NET-4", "error", "The size of an answer is bounded.", "name a smaller file", "not fetched", "HTTP-4"),
    Rule("NET-5", "error", "An answer is complete in time.", "try again later", "not fetched", "HTTP-4"),
    Rule("NET-6", "error", "The host can be reached.", "check the URL and the network", "not fetched"),
    Rule("NET-7", "error", "The host answers with what is asked for.", "check the URL", "not fetched"),
    Rule("NET-8", "error", "An answer arrives whole and readable.", "try again later", "not fetched"),
    Rule(
        "NET-9",
        "warning",
        "A host says how long a file is, and gives parts of it.",
        "run again with --whole, to read all of it",
        "not measured",
        "HTTP-6",
    ),
    Rule("NET-10", "error", "A host can be reached.", "run again later", "not tried"),
    # --- reading: files, YAML, keys ---
    Rule("REC-1", "error", "A text file is UTF-8.", "save the file as UTF-8", "the file is not read"),
    Rule(
        "REC-2", "note", "A file whose name begins with _ is not an episode.", "rename it to publish it", "passed over"
    ),
    Rule("REC-3", "note", "A template is not an episode.", "fill it in to publish it", "passed over"),
    Rule(
        "REC-4", "error", "A record begins with its front matter.", "move or delete that text", "the record is not read"
    ),
    Rule("REC-5", "error", "Front matter is closed by a line ---.", "add the line ---", "the record is not read"),
    Rule(
        "REC-6", "note", "An episode has YAML front matter between --- lines.", "add one to publish it", "passed over"
    ),
    Rule("REC-7", "error", "A file name is letters, digits, . _ and -.", "rename it", "the record is left out"),
    Rule("REC-8", "error", "A record has a title (RSS-4).", "write title:", "the record is left out"),
    Rule("REC-9", "note", "A draft is not published.", "remove draft: to publish it", "passed over"),
    Rule("REC-10", "error", "File names differ in more than case.", "rename one of them", "the record is left out"),
    Rule("REC-11", "error", "A value has one place in a record.", "write it by hand", "the record is not changed"),
    Rule("REC-12", "warning", "A season has each number once.", "number one of them anew, or make it a bonus"),
    Rule("YAML-1", "error", "Front matter and config are YAML.", "mend that line", "the file is not read"),
    Rule("YAML-2", "error", "A key stands once in its mapping.", "remove one of them", "the last one counts"),
    Rule("YAML-3", "error", "YAML is of sensible size and depth.", "write it out more simply", "the file is not read"),
    Rule("YAML-4", "error", "Front matter is a mapping.", "write key: value lines", "the file is not read"),
    Rule("YAML-5", "warning", "A text that begins with & or ! is quoted.", "put the value into quotes", "left out"),
    Rule("KEY-1", "error", "The show has only known keys.", "remove it; docs/reference/show.md lists the keys"),
    Rule("KEY-2", "error", "Required keys are there.", "write it", "left out"),
    Rule("KEY-3", "error", "A key has a value of its kind.", "write a value of that kind", "left out"),
    Rule("KEY-4", "error", "true or false.", "write true or false", "left out"),
    Rule("KEY-5", "error", "A time is seconds or a clock time.", "write 94.5 or 1:34", "left out"),
    Rule("KEY-6", "error", "Files lie inside the project.", "write a path inside the project, with /", "left out"),
    Rule("KEY-7", "note", "Records and people files use known keys.", "remove it, or leave it", "ignored"),
    Rule("T-7", "warning", "Text holds no control characters.", "delete it", "removed"),
    Rule(
        "RSS-18",
        "warning",
        "Titles are plain text, without HTML.",
        "write them without it; write &lt; for a < that is meant",
        "removed",
    ),
    Rule("CFG-1", "error", "timezone is of the IANA list.", "write Europe/Berlin"),
    Rule("CFG-2", "error", "publish_time is HH:MM.", 'write "17:00"'),
    Rule("CFG-3", "error", "A colour is written as #rrggbb.", 'write "#0b57a4", with quotation marks'),
    Rule(
        "CFG-4",
        "warning",
        "Links can be told from the paper: a contrast of at least 4.5.",
        "take a darker accent",
        "a darker one is used",
        "WCAG 2.2, 1.4.3",
    ),
    Rule("CFG-5", "error", "A template of the project makes a page.", "mend the template, or remove it"),
    Rule("CFG-6", "error", "A site is a folder, in which feed.xml lies.", "write the address of the folder"),
    Rule("CFG-7", "warning", "Labels are known by their English text.", "see docs/guide.md", "ours is shown"),
    Rule(
        "CFG-8",
        "warning",
        "The feed can be had at feed_url.",
        "write the address of a file, or let your web server answer at feed_url with feed.xml",
        "the feed is published as feed.xml only",
    ),
    Rule("CFG-9", "error", "feed_url is the address of a file.", "write the address of feed.xml"),
    Rule("PER-1", "error", "A person has a name.", "write title:", "the person is left out"),
    Rule("PER-2", "error", "short names one person.", "give one of them another short", "the second is left out"),
    Rule("PER-3", "error", "A credit names somebody.", "write short: or name:", "left out"),
    Rule(
        "PER-4",
        "error",
        "guests and hosts are in the people directory.",
        "write their file, or mend the id",
        "left out",
    ),
    Rule("T-30", "warning", "itunes:episode is whole.", "number with whole numbers", "written as podcast:episode only"),
    Rule(
        "T-40", "error", "Media is served over https.", "serve it over https and write that URL", "published as it is"
    ),
    Rule("AUD-1", "error", "audio names a url or a file.", "write url: or file:", "left out"),
    Rule("AUD-2", "warning", "audio names one source.", "keep one of them", "the url counts"),
    Rule("P20-SB", "note", "A soundbite lasts 15 to 120 s.", "choose a shorter or longer span"),
    # --- transcript, timeline, chapters ---
    Rule("TRX-1", "error", "transcript is a list.", "write - line: entries", "no transcript"),
    Rule("TRX-2", "error", "A transcript entry has texts.", "write line, who and time as texts", "left out"),
    Rule("TRX-3", "warning", "A transcript entry is a mapping.", "write - line: before it", "taken as a line"),
    Rule("TRX-4", "error", "A clip has a name and a start.", "write name: and startOffset:", "left out"),
    Rule("TRX-5", "warning", "An entry is a header or a line.", "split it into two entries", "taken as both"),
    Rule("TRX-6", "note", "A transcript entry has text.", "remove it", "passed over"),
    Rule(
        "T-64",
        "error",
        "A time is M:SS, H:MM:SS or seconds.",
        "write M:SS, H:MM:SS or seconds",
        "placed between its neighbours",
    ),
    Rule("T-71", "note", "Chapters have starts of their own.", "give it a start of its own", "the last of them stays"),
    Rule("T-72", "warning", "A header has lines after it.", "remove it, or move it before its lines", "dropped"),
    Rule("T-73", "warning", "Times ascend.", "mend the time", "placed between its neighbours"),
    Rule("T-83", "error", "time and sec agree.", "mend one of them", "placed between its neighbours"),
    Rule("T-84", "warning", "A chapter title is at most 128 characters.", "shorten the header"),
    Rule("T-86", "warning", "The transcript ends with the audio.", "set transcript_offset_s, or mend the duration"),
    Rule("TIM-1", "error", "Most times can be believed.", "mend the times from there on", "untimed transcript only"),
    Rule("TIM-2", "warning", "Lines have times.", "write sec: or time:", "untimed transcript only"),
    Rule("TIM-3", "note", "A line is written once.", "remove one of them", "counted once"),
    Rule(
        "T-79", "error", "who is a name.", "move the text into line: and name the speaker", "kept as words of the line"
    ),
    Rule("T-85", "warning", "A speaker is one person.", "add it to `aliases:` in the people file", "shown as written"),
    Rule("CHP-1", "error", "A chapter has a start and a title.", "write 12:34 Title", "left out"),
    Rule("CHP-2", "error", "Chapters ascend.", "put the chapters in order", "sorted"),
    Rule("CHP-8", "error", "Chapters start inside the audio.", "mend its time", "left out"),
    Rule("CHP-9", "warning", "Platforms show chapters when there are three or more.", "write at least three"),
    # --- notes, texts ---
    Rule("NOTE-1", "note", "Notes hold no template code.", "write it out", "left out"),
    Rule("NOTE-2", "warning", "Links are http, https or mailto.", "write such an address", "its text is kept"),
    Rule("NOTE-3", "warning", "Notes have at most 200,000 characters.", "shorten them", "the rest is left out"),
    Rule("NOTE-4", "note", "Links lead out of the notes.", "link to a page, or leave it", "its text is kept"),
    Rule("NOTE-5", "note", "Notes hold no pictures.", "describe what matters", "linked if described, else left out"),
    Rule("T-10", "note", "Notes fit into description.", "shorten them, or leave it", "content:encoded holds them all"),
    Rule("T-13", "warning", "Links in notes are absolute.", "write https://, or set site_url", "its text is kept"),
    Rule("T-14", "note", "Notes are plain HTML.", "remove it, or leave it", "left out"),
    Rule("T-76", "note", "Chapters are not too close.", "nothing to do", "left out of this text"),
    Rule(
        "T-77", "note", "Chapter titles are short.", "nothing to do, or shorten the headers", "shortened in this text"
    ),
    Rule(
        "CHP-11",
        "warning",
        "There is one chapter list.",
        "remove them, to have it made of the chapters",
        "it stays alone",
    ),
    Rule("APL-26", "warning", "An item says what it is about.", "write a description, or notes", "", "Apple"),
    Rule("APL-44", "warning", "Three chapters or more, from 0.", "add headers", "no chapter list", "Apple"),
    Rule(
        "APL-45",
        "note",
        "Chapter titles have at most 45 characters.",
        "nothing to do, or shorten the headers",
        "",
        "Apple",
    ),
    Rule("SPO-20", "warning", "Three chapters or more, from 0.", "add headers", "no chapter list", "Spotify"),
    Rule("YT-3", "warning", "A description is plain, at most 5000 bytes.", "shorten or rewrite it", "", "YouTube"),
    Rule("YT-4", "warning", "A title has at most 100 characters, no < or >.", "shorten or rewrite it", "", "YouTube"),
    Rule("YT-10", "warning", "Three chapters or more, from 0.", "add headers", "no chapter list", "YouTube"),
    Rule(
        "YT-11",
        "note",
        "Chapter titles have at most 70 characters.",
        "nothing to do, or shorten the headers",
        "",
        "YouTube",
    ),
    # --- Podcasting 2.0 tags, as authors write them ---
    Rule("P20-0b", "error", "URLs in tags are https.", "serve it over https", "left out", "Podcast namespace"),
    Rule("P20-0c", "error", "A tag says what it must.", "add it", "the tag is left out", "Podcast namespace"),
    Rule("P20-0d", "warning", "Texts in tags keep their limits.", "shorten it", "", "Podcast namespace"),
    Rule("P20-13", "error", "A transcript type is of the list.", "take one of it", "left out", "Podcast namespace"),
    Rule("P20-20", "error", "ai-content is true or false.", "write true or false", "left out", "Podcast namespace"),
    Rule("TAG-1", "warning", "A tag has only its own keys.", "remove it", "left out of the tag"),
    Rule("TAG-2", "error", "A value in a tag is of its kind.", "write a value of that kind", "left out"),
    Rule("TAG-3", "error", "A tag is a text or a mapping.", "write a text or a mapping", "left out"),
    Rule("TAG-4", "error", "A tag or key stands as often as it may.", "keep one", "the first is taken"),
    # --- the feeds, read again before they are published ---
    Rule(
        "VFY-1", "error", "A feed says what the records say.", "report this as a fault of feedbuilder", "not published"
    ),
    Rule(
        "RSS-20", "error", "Links in notes are absolute.", "write https://", "published as it is", "W3C feed validator"
    ),
    Rule("XML-12", "warning", "A feed has at most 5,000,000 bytes.", "shorten notes", "", "W3C feed validator"),
    # --- building ---
    Rule(
        "BLD-1", "note", "An item of the feed has audio.", "write audio:, put the file into the media folder, or sync"
    ),
    Rule("BLD-2", "error", "An item has a date.", "write pub_date:", "left out of the feed"),
    Rule(
        "BLD-3",
        "warning",
        "What was published is read again.",
        "mend the file",
        "the last good version is carried over",
    ),
    Rule("BLD-4", "error", "What was published can be carried over.", "mend the file, or withdraw the episode"),
    Rule("BLD-5", "note", "A future episode waits.", "nothing to do", "held back"),
    Rule("BLD-6", "error", "Files that are named exist.", "put the file there, or mend the name", "left out"),
    Rule("BLD-9", "error", "Audio of this site is there.", "put the file back, or write another audio:"),
    Rule("BLD-8", "error", "A show has people for its hosts.", "write their file"),
    Rule("P20-10", "warning", "Hosts are named beside guests.", "write hosts: in the show file"),
    # --- the show, Apple and RSS ---
    Rule("APL-8", "error", "Artwork is square, 1400 to 3000 px, RGB.", "make such a picture", "", "Apple"),
    Rule("APL-30", "warning", "Apple takes .mp3 .m4a .mp4 .m4v .mov .pdf.", "use one of them", "", "Apple"),
    Rule("APL-34", "note", "Artwork of an item is square, RGB.", "make such a picture", "the show's is used", "Apple"),
    Rule("APL-24", "error", "Each item has audio of its own.", "write its own audio:", "left out of the feed", "Apple"),
    Rule("APL-3", "error", "The show's description has at most 4000 bytes.", "shorten it", "", "Apple"),
    Rule("APL-4", "error", "language is a two-letter code.", "write en or pt-br", "", "Apple"),
    Rule("APL-5", "error", "categories are Apple's.", "take one of the list", "", "Apple"),
    Rule("APL-6", "warning", "Two categories count.", "keep the two that matter most", "", "Apple"),
    Rule("APL-7", "error", "explicit is true or false.", "write true or false", "left out", "Apple"),
    Rule("APL-12", "warning", "owner.email lets you claim the show.", "write an address", "", "Spotify, YouTube"),
    Rule("APL-13", "error", "type is episodic or serial.", "write episodic", "", "Apple"),
    Rule("APL-29", "error", "episode_type is full, trailer or bonus.", "write full", "taken as full", "Apple"),
    Rule("APL-23", "warning", "A title does not begin with a number.", "remove it from the title", "", "Apple"),
    Rule("APL-27", "error", "A duration is H:MM:SS or seconds.", "write 1:02:33 or 3753", "left out", "Apple"),
    Rule("T-90", "warning", "block, complete and new_feed_url change where a show is listed.", "remove it when done"),
    Rule("P20-4", "error", "podcast_guid is a UUID.", "take the value that Podcast Index has", "", "Podcast namespace"),
    Rule(
        "P20-11",
        "warning",
        "Roles are of the Podcast Taxonomy.",
        "take a pair of its list",
        "written as it is",
        "Podcast namespace",
    ),
    Rule("RSS-6", "error", "A URL is absolute.", "write it with https://", "left out", "RSS 2.0"),
    Rule(
        "RSS-7", "error", "A length is whole bytes.", "write the size of the file in bytes", "0 is written", "RSS 2.0"
    ),
    Rule(
        "RSS-8", "error", "A media type is of the form audio/mpeg.", "write it like audio/mpeg", "left out", "RSS 2.0"
    ),
    Rule("RSS-12", "error", "A date is ISO 8601 or RFC 2822.", "write 2026-03-31", "left out", "RSS 2.0"),
    Rule("RSS-23", "error", "A mail address is user@host.", "write user@host.example", "left out", "RSS 2.0"),
    Rule("HTTP-11", "error", "Public URLs are https.", "serve it over https", "left out", "Apple"),
    # --- Apple ---
    Rule(
        "APL-28",
        "error",
        "itunes:episode and itunes:season are whole numbers from 1.",
        "number from 1 or remove it",
        "left out of the item",
        "Apple, A Podcaster's Guide to RSS",
    ),
    # --- identity: links, upstream feeds, the ledger and its guard ---
    Rule("YT-13", "error", "ids.youtube and links.youtube name one video.", "mend the wrong one", "no link to it"),
    Rule("T-51", "warning", "A placeholder is no value.", "write the value, or remove the key", "left out"),
    Rule("T-53", "warning", "A link is one that the platform hands out.", "copy it again", "published mended"),
    Rule("T-54", "error", "A link leads to the episode on its platform.", "copy the episode's link", "no link to it"),
    Rule("LNK-1", "error", "A link is an https address.", "copy the episode's link", "no link to it"),
    Rule("LNK-2", "error", "A link or id is written once.", "keep the right one", "no link to it"),
    Rule("LNK-3", "error", "ids and links name one episode.", "mend the wrong one", "neither is used"),
    Rule("LNK-4", "error", "An id is of its platform's form.", "copy it from the episode's link", "not used"),
    Rule("LNK-5", "error", "A platform answers as it has documented.", "try again later", "nothing is learned of it"),
    Rule("LNK-6", "warning", "The page of an episode is certain.", "write its link into the record", "not written"),
    Rule(
        "LNK-7",
        "error",
        "The show's page tells which show it is on a platform.",
        "write platforms: into the show file",
        "not asked",
    ),
    Rule(
        "LNK-8",
        "error",
        "Spotify is asked with credentials of your own.",
        "make an app on developer.spotify.com, and set both",
        "not asked",
    ),
    Rule(
        "UPS-0",
        "error",
        "sync has a feed to read.",
        "write upstream: {feed: URL} into the show file",
        "nothing learned",
    ),
    Rule("UPS-1", "error", "An upstream feed is RSS.", "give the address of the RSS feed", "not read"),
    Rule("UPS-2", "warning", "A feed is well-formed XML.", "tell its host", "read as far as it can be"),
    Rule("UPS-3", "error", "A feed has items.", "check its address", "nothing follows from it"),
    Rule("UPS-4", "warning", "Items have guids.", "compare with what apps show"),
    Rule("UPS-5", "note", "Items have audio.", "nothing to do if they are posts"),
    Rule("UPS-6", "warning", "An enclosure says its length.", "nothing to do: it can be measured", "0: not known"),
    Rule("UPS-7", "warning", "An enclosure says its type.", "write audio: type: into the record"),
    Rule("UPS-8", "warning", "Items have dates of RFC 2822.", "write pub_date: into the record", "not known"),
    Rule("UPS-9", "warning", "Durations are H:MM:SS or seconds.", "write duration: into the record", "not known"),
    Rule("UPS-10", "warning", "Guids differ.", "tell its host", "it counts as evidence for none of them"),
    Rule("UPS-11", "warning", "A feed in pages is read whole.", "run it again", "its older items are not read"),
    Rule("IMP-1", "note", "What a feed has and a project cannot keep is named.", "nothing to do", "not carried over"),
    Rule("IMP-2", "warning", "A feed says what a show needs.", "mend it in the show file", "something was filled in"),
    Rule("IMP-3", "note", "An import overwrites nothing.", "remove the file to have it written anew", "left as it is"),
    Rule("IMP-4", "warning", "What a feed names can be fetched.", "run the import again", "not there yet"),
    Rule("IMP-5", "warning", "Chapters and transcripts can be read.", "mend them in the record", "left out"),
    Rule("IMP-6", "warning", "Items have dates that can be read.", "write pub_date: into the record", "filled in"),
    Rule("IMP-7", "warning", "Items have guids of their own.", "nothing to do", "its audio address is its guid"),
    Rule("IMP-8", "note", "A move is told to apps and to hosts.", "docs/moving.md says how", "nothing is changed"),
    Rule("IMP-9", "error", "A folder holds one show.", "import it into another folder", "nothing is written"),
    Rule(
        "IMP-10",
        "warning",
        "No item is hidden from apps (block).",
        "write withdrawn: true into its record before the first build",
        "it is carried over, and becomes visible again",
    ),
    Rule("JOIN-1", "warning", "An id names one episode.", "mend it in the wrong record", "it counts for none of them"),
    Rule("JOIN-2", "warning", "A record is one item of its host's feed.", "write its guid as guid:", "not joined"),
    Rule("JOIN-3", "warning", "An item has a record.", "write one with its guid as guid:", "it is not in your feed"),
    Rule("JOIN-4", "note", "A record has an item in its host's feed.", "nothing to do if it is not there yet"),
    Rule("SYNC-1", "warning", "A guid is given once.", "nothing to do", "subscribers keep the known one"),
    Rule("SYNC-2", "warning", "Other audio is accepted first.", "run `feedbuilder ledger accept`", "not taken over"),
    Rule("SYNC-3", "warning", "Bytes under an address stay.", "nothing to do, or publish it anew", "taken over"),
    Rule("SYNC-4", "error", "A guid has one record.", "remove guid: from the wrong one", "not taken over"),
    Rule(
        "SYNC-5",
        "note",
        "Audio that was brought home stays.",
        "write upstream: none into the show file, once no new episode appears at the host",
        "yours stays",
    ),
    Rule("SYNC-6", "note", "A record has the date of its item.", "write it as pub_date:", "the record's is published"),
    Rule("LED-1", "error", "The ledger can be read.", "restore it from version control", "nothing is done"),
    Rule("LED-2", "warning", "The ledger has only known keys.", "update feedbuilder, or remove it", "not kept"),
    Rule(
        "LED-3",
        "error",
        "Nothing that subscribers know vanishes.",
        "put it back; to take it out on purpose, keep its record with withdrawn: true",
        "nothing is published",
    ),
    Rule("LED-4", "error", "A guid is given once.", "write the known guid", "nothing is published", "Apple, Spotify"),
    Rule("LED-5", "error", "Audio keeps its address.", "accept it, or put the old one back", "nothing is published"),
    Rule("LED-6", "error", "A guid has one record.", "remove it from the wrong one", "nothing is published", "Apple"),
    Rule("LED-7", "warning", "A host id has one record.", "mend ids.anchor and links.anchor in the wrong one"),
    Rule("LED-8", "error", "A show keeps its podcast:guid.", "write the known one", "nothing is published"),
    Rule("LED-9", "error", "A feed keeps its address.", "put feed_url back", "nothing is published"),
    Rule("LED-10", "error", "upstream is read before a build.", "run `feedbuilder sync`", "nothing is published"),
    Rule("LED-11", "warning", "Bytes under an address stay.", "publish changed audio under a new name"),
    Rule("LED-12", "note", "A renamed record is the same episode.", "run `feedbuilder ledger save`", "carried over"),
    Rule("LED-13", "error", "A slug names an episode.", "write the file name of its record, without .md"),
    Rule(
        "LED-14",
        "note",
        "An instant that apps know is moved by a whole instant only.",
        "write day and time as pub_date: to move it, or leave it",
        "the known one stays",
    ),
    Rule(
        "LED-15",
        "warning",
        "Audio that apps know is served over https.",
        "once its host serves it over https, write that URL into the record and run `feedbuilder ledger accept SLUG`",
        "published as it is",
    ),
    Rule("HTTP-6", "warning", "A host says of a file what it is.", "tell the host", "the file is believed", "Apple"),
    Rule("HTTP-7", "error", "Bytes under an address stay.", "give the file a new name", "", "Spotify, AntennaPod"),
)

RULES: Mapping[str, Rule] = MappingProxyType({row.id: row for row in _ROWS})


def level_of(problem: Problem) -> Level:
    """How serious the finding is."""
    return RULES[problem.rule].level


def format_problem(problem: Problem) -> str:
    """One line: ``episodes/042.md:17:5: error APL-28 episode 0 is not >= 1: left out of the item; number from 1 …``."""
    rule = RULES[problem.rule]
    effect, remedy = problem.effect or rule.effect, problem.remedy or rule.remedy
    middle = f"{problem.what}: {effect}" if effect else problem.what
    return f"{problem.mark}: {rule.level} {problem.rule} {middle}; {remedy}"


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """By file, line, column, then rule and text; exact repetitions once."""
    return sorted(set(problems), key=lambda found: (found.mark, found.rule, found.what))
