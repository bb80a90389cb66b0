"""Checks: what a kernel says of itself (spec, "Kernel info")."""

from __future__ import annotations

import re

from sdk.protocol.message import Channel
from sdk.protocol.shell import KernelInfoReply, KernelInfoRequest
from sdk.testing.conformance.check import BETTER, check, expect, expect_that
from sdk.testing.conformance.subject import Subject

_TEXTS = ("name", "version", "mimetype", "file_extension")


@check()
def kernel_info_has_its_fields_with_the_right_types(subject: Subject) -> None:
    content = subject.ask(KernelInfoRequest()).reply.content
    expect_that(isinstance(content, KernelInfoReply), "a complete kernel_info_reply", content)
    expect("status", subject.info.status, "ok")


@check()
def kernel_info_tells_the_protocol_version(subject: Subject) -> None:
    expect_that(
        re.fullmatch(r"5\.\d+(\.\d+)?", subject.info.protocol_version), "5.x or 5.x.y", subject.info.protocol_version
    )


@check()
def kernel_info_describes_the_language(subject: Subject) -> None:
    language = subject.info.language_info
    expect_that(all(isinstance(language.get(name), str) for name in _TEXTS), f"texts for {', '.join(_TEXTS)}", language)
    extension = language["file_extension"]
    expect_that(extension.startswith(".") or not extension, "a file_extension with its dot", extension)


@check()
def kernel_info_gives_help_links_as_text_and_url(subject: Subject) -> None:
    for link in subject.info.help_links:
        expect_that(isinstance(link.get("text"), str) and isinstance(link.get("url"), str), "text and url", link)


@check()
def kernel_info_lists_supported_features_by_name(subject: Subject) -> None:
    features = subject.info.supported_features
    expect_that(all(isinstance(feature, str) for feature in features), "an array of texts", features)


@check()
def kernel_info_is_answered_on_control_too(subject: Subject) -> None:
    different = _differences(subject)
    if different:  # its language has come up in between, and told its version
        different = _differences(subject)
    expect("differences between control and shell:", different, {})


def _differences(subject: Subject) -> dict[str, tuple[object, object]]:
    came = subject.ask(KernelInfoRequest(), Channel.CONTROL).reply.content.to_fields()
    wanted = subject.ask(KernelInfoRequest()).reply.content.to_fields()
    # A banner may end in a tip of the day.
    return {
        name: (came.get(name), wanted.get(name))
        for name in set(wanted) - {"banner"}
        if came.get(name) != wanted.get(name)
    }


@check(level=BETTER)
def kernel_info_tells_an_implementation_with_its_version(subject: Subject) -> None:
    info = subject.info
    expect_that(
        info.implementation and info.implementation_version, "both", (info.implementation, info.implementation_version)
    )


@check(level=BETTER)
def kernel_info_has_a_banner(subject: Subject) -> None:
    expect_that(subject.info.banner, "a text", subject.info.banner)


@check(level=BETTER, since=(5, 5))
def kernel_info_names_the_debugger_in_both_places_or_in_none(subject: Subject) -> None:
    expect("debugger", bool(subject.info.debugger), subject.supports("debugger"))


@check(level=BETTER)
def kernel_speaks_the_newest_protocol(subject: Subject) -> None:
    version = tuple(int(part) for part in subject.info.protocol_version.split(".")[:2])
    expect_that(version >= (5, 5), "5.5 or later", subject.info.protocol_version)
