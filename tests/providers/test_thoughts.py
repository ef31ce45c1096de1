"""The filter of tagged thoughts: every family, every slip of models, and no slip of its own."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tickertape.events import ReasoningDelta, Restarted, TextDelta
from tickertape.providers.thinking.tags import _FIXED, _NAMES
from tickertape.providers.thinking.thoughts import Said, Thoughts


def _said(*pieces: str, inside: bool = False) -> list[Said]:
    thoughts = Thoughts(inside=inside)
    said = [part for piece in pieces for part in thoughts.feed(piece)]
    return said + thoughts.flush()


def _parted(said: list[Said]) -> tuple[str, str]:
    """Give the text and the thinking that stand in the end."""
    text = thinking = ""
    for part in said:
        match part:
            case TextDelta(text=words):
                assert words
                text += words
            case ReasoningDelta(text=words):
                assert words
                thinking += words
            case Restarted():
                assert text, "there was nothing to void"
                text = ""
    return text, thinking


# Calls in the syntaxes of models, and those of them behind which words can follow.
_CLOSED = [
    '{"name": "clock", "arguments": {}}',
    '{"name": "clock", "parameters": {"a": [1, "}"]}}',
    '{"type": "function", "name": "clock", "parameters": {}}',
    '{"type": "function", "function": {"name": "clock", "arguments": "{}"}}',
    '[{"name": "clock", "arguments": {}}, {"name": "clock", "arguments": {}}]',
    '{"tool_calls": [{"name": "clock", "arguments": {}}]}',
    'functools[{"name": "clock", "arguments": {}}]',
    'functions.clock:0{"a": 1}',
    '[TOOL_CALLS][{"name": "clock", "arguments": {}}]',
    '<tool_call name="clock">{}</tool_call>',
    '<tool_call id="1">\n{"name":"x"}</tool_call>',
    '<tool_call>clock\n{"a":1}</tool_call>',
    "<tool_call>\n<name>clock</name>\n</tool_call>",
    "<tool_call>clock</tool_call>",
    "<tool_call>clock(a=1)</tool_call>",
    "<function_call>clock(a=1)</function_call>",
    '<function name="clock">{}</function>',
    '<tool_use>{"name":"x"}</tool_use>',
    '<tool>{"name":"x"}</tool>',
    "<use_tool>\n<name>clock</name></use_tool>",
    '<xai:function_call name="clock"></xai:function_call>',
    '[TOOL_CALL]\n{tool => "clock", args => {}}\n[/TOOL_CALL]',
    "<start_function_call>call:clock{a:1}<end_function_call>",
    '<|action_start|><|plugin|>\n{"name":"x"}<|action_end|>',
    "<|python_start|>clock()<|python_end|>",
    '```json\n{"name": "clock", "parameters": {"a": "b"}}\n```',
    "<function>\n<name>clock</name>\n</function>",
    "<｜｜DSML｜｜tool_calls>x</｜｜DSML｜｜tool_calls>",
    "<|DSML|function_calls>x</|DSML|function_calls>",
    '<TOOLCALL>{"name": "clock"}</TOOLCALL>',
    ']<]minimax[>[<tool_call>\n]<]minimax[>[<invoke name="x">]<]minimax[>[</tool_call>',
    f"<{'antml'}:function_calls>\n<invoke></{'antml'}:function_calls>",
]
_CALLS = [
    *_CLOSED,
    '{"name": "clock", "arguments": {"a": "cut sho',
    '{"name": "a", "arguments": {}}; {"name": "b", "arguments": {}}<|eom_id|>',
    "✿FUNCTION✿: clock\n✿ARGS✿: {}",
    "[Calling tool: clock({})]",
    "[TOOL_CALLS]clock[CALL_ID]123[ARGS]{}",
    "<|tool_call|>clock{}",
    "<|tool▁calls▁begin|><|tool▁call▁begin|>function<|tool▁sep|>clock",
    "<longcat_tool_call>clock\n<longcat_arg_key>",
    "```tool_code\nclock()\n```",
    '```tool_call\n{"name": "clock"}\n```',
]

# What came, its text, its thinking.
_TO_CLOCK = "to=functions.clock<|channel|>commentary json<|message|>{}"
_CALL_END = "<|call|><|start|>assistant<|channel|>final<|message|>Four"
_HARMONY_STARTS = ("", " ", "assistant ", "assistant", "<|start|>assistant ")
_HARMONY_PROSE = (
    *("a", "to", "an answer", "as to the analysis", "commentary", "analysis", "assistant to"),
    *("analysis\n\nThe market grew.", "analysis The market grew.", "analysis, in short: yes."),
    "analysis of the market. assistantfinal is a word.",
    "analysisMode is one. assistantfinal is another.",
    "analysisMode is one. assistantfinalizer is another.",
    "analysisMode.assistantfinal is an attribute.",
    "analysis The plan. The `assistantfinal` mark.",
    "The analysis says so. assistantfinal Four",
    "assistantfinal Four is a name.",
    'analysisMode: "assistantfinal" is one. assistantfinal" too.',
    "to=functions.add<|channel|> is a header",
    "assistant to=functions.add is a header",
    "I send it to=functions.clock json{}",
)

_CASES = [
    # the families
    ("<think>Hm.</think>Yes.", "Yes.", "Hm."),
    ("<thinking>Hm.</thinking>Yes.", "Yes.", "Hm."),
    ("<thought>Hm.</thought>Yes.", "Yes.", "Hm."),
    ("<thoughts>Hm.</thoughts>Yes.", "Yes.", "Hm."),
    ("<reasoning>Hm.</reasoning>Yes.", "Yes.", "Hm."),
    ("<REASONING_SCRATCHPAD>Hm.</REASONING_SCRATCHPAD>Yes.", "Yes.", "Hm."),
    ("<reflection>Hm.</reflection>Yes.", "Yes.", "Hm."),
    ("<inner_monologue>Hm.</inner_monologue>Yes.", "Yes.", "Hm."),
    ("<antThinking>Hm.</antThinking>Yes.", "Yes.", "Hm."),
    ("<seed:think>Hm.</seed:think>Yes.", "Yes.", "Hm."),
    ("<mm:think>Hm.</mm:think>Yes.", "Yes.", "Hm."),
    ("[THINK]Hm.[/THINK]Yes.", "Yes.", "Hm."),
    ("◁think▷Hm.◁/think▷Yes.", "Yes.", "Hm."),
    ("<|think|>Hm.<|/think|>Yes.", "Yes.", "Hm."),
    ("<|thinking|>Hm.<|/thinking|>Yes.", "Yes.", "Hm."),
    ("<|channel>thought\nHm.<channel|>Yes.", "Yes.", "Hm."),
    ("<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Yes.", "Hm."),
    (
        "<|begin_of_thought|>\nHm.<|end_of_thought|>\n<|begin_of_solution|>\nYes.<|end_of_solution|>",
        "Yes.",
        "Hm.",
    ),
    (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.",
        "Yes.",
        "Hm.",
    ),
    ("<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Yes.<|return|>", "Yes.", "Hm."),
    (
        "<|channel|>commentary to=functions.clock <|constrain|>json<|message|>{}<|call|>Yes.",
        "Yes.",
        "{}",
    ),
    ("<|channel|>commentary<|message|>Let me look.<|end|>", "Let me look.", ""),
    # the ways of writing
    ("<THINK>Hm.</Think>Yes.", "Yes.", "Hm."),
    ("<think >Hm.</think >Yes.", "Yes.", "Hm."),
    ("<thinking mode=\"deep\" n='1'>Hm.</ thinking>Yes.", "Yes.", "Hm."),
    # layout
    ("\n\n<think>\n\nHm.\n</think>\n\n Yes.\n", "Yes.\n", "Hm.\n"),
    ("<think>\n\n</think>\n\nYes.", "Yes.", ""),
    ("<think>Hm.</think>\n\n", "", "Hm."),
    (" \n Yes. \n", " \n Yes. \n", ""),
    (" \n", " \n", ""),
    ("One.\n\n<think>Hm.</think>\n\nTwo.", "One.\n\nTwo.", "Hm."),
    ("One.<think>Hm.</think>\n\nTwo.", "One.\n\nTwo.", "Hm."),
    ("One <think>hm</think> two", "One two", "hm"),
    # several thoughts, nested ones, doubled tags, mixed tags
    ("<think>a</think>b<think>c</think>d", "bd", "ac"),
    ("<think>a</think>b.\n<think>c</think>d", "b.\nd", "ac"),
    ("<think>a</think><think>b</think>c", "c", "ab"),
    ("<think>a<think>b</think>c</think>d", "d", "a<think>bc"),
    ("<think>\n<think>a</think>b", "b", "a"),
    ("<thinking>a<reflection>b</reflection>c</thinking>d", "d", "a<reflection>b</reflection>c"),
    ("<think>a</thinking>b", "b", "a"),
    ("<think>a</think></think>b", "b", "a"),
    ("Hi.\n<think>a</think>\n</think>b", "Hi.\nb", "a"),
    # no end, no beginning
    ("<think>Hm. Let me", "", "Hm. Let me"),
    ("<think>Hm.</thi", "", "Hm.</thi"),
    ("Hm.</think>\n\nYes.", "Yes.", "Hm."),
    ("Hm.\n\nAnd so.\n</THINKING>Yes.", "Yes.", "Hm.\n\nAnd so.\n"),
    ("Hm.[/THINK]Yes.", "Yes.", "Hm."),
    ("</think>Yes.", "Yes.", ""),
    ("\n</think>\nYes.", "Yes.", ""),
    ("<think>Say `</think>` then.</think>Yes.", "Yes.", "Say `</think>` then."),
    ('<think>Say "</think>" then.</think>Yes.', "Yes.", 'Say "</think>" then.'),
    ("<think>The </think> tag.</think>Yes.", "tag.Yes.", "The "),
    # in the middle of a line
    ("Sure.<think>Hm.</think>Yes.", "Sure.Yes.", "Hm."),
    ("So <think>hm</think>yes", "So yes", "hm"),
    ("The <think> tag.", "The <think> tag.", ""),
    ("Between <think> and </think>.", "Between <think> and </think>.", ""),
    ("- begins: <think>\n- ends: </think>\nSo.", "- begins: <think>\n- ends: </think>\nSo.", ""),
    ("My <think> way.\n</think>Yes.", "Yes.", "My <think> way.\n"),
    ('In "<think>" and "</think>".', 'In "<think>" and "</think>".', ""),
    ("In (<think>).", "In (<think>).", ""),
    ("A \\<think> of mine.", "A \\<think> of mine.", ""),
    ("List<Thought> thoughts", "List<Thought> thoughts", ""),
    # code
    ("`<think>` opens.", "`<think>` opens.", ""),
    ("``a ` <think>`` opens.", "``a ` <think>`` opens.", ""),
    ("So:\n```xml\n<think>\n</think>\n```\nyes", "So:\n```xml\n<think>\n</think>\n```\nyes", ""),
    ("~~~\n<think>\n```\n</think>\n~~~\n", "~~~\n<think>\n```\n</think>\n~~~\n", ""),
    ("```\n<think>never closed", "```\n<think>never closed", ""),
    ("- ```\n  <think>\n  ```", "- ```\n  <think>\n  ```", ""),
    ("````\n```\n<think>\n````\n<think>Hm.", "````\n```\n<think>\n````\n", "Hm."),
    ("```\n``` not its end\n<think>\n```", "```\n``` not its end\n<think>\n```", ""),
    ("```a```\n<think>Hm.", "```a```\n", "Hm."),
    ("```a``\n<think>`", "```a``\n<think>`", ""),
    ("a ` b\n\n<think>Hm.", "a ` b\n\n", "Hm."),
    ("a ` b\n<think>`", "a ` b\n<think>`", ""),
    ("<think>```\nint a;</think>Yes.", "Yes.", "```\nint a;"),
    # more names and tags of thoughts, and of the answer behind them
    ("<scratchpad>Hm.</scratchpad>Yes.", "Yes.", "Hm."),
    ("<chain_of_thought>Hm.</chain_of_thought>Yes.", "Yes.", "Hm."),
    ("<unused94>thought\nHm.<unused95>Yes.", "Yes.", "Hm."),
    ("<|thought|>Hm.<|/thought|>Yes.", "Yes.", "Hm."),
    ("<think>\nHm.\n</think>\n<answer>\nYes.\n</answer>", "Yes.\n", "Hm.\n"),
    ("<think>Hm.</think>\n\n<response>Yes.</response>\n", "Yes.", "Hm."),
    ("<answer>Yes.</answer>", "<answer>Yes.</answer>", ""),
    ('<details type="reasoning" done="true">\nHm.\n</details>\nYes.', "Yes.", "Hm.\n"),
    ("<details>\nYes.\n</details>", "<details>\nYes.\n</details>", ""),
    ('A <details type="reasoning"> is one.', 'A <details type="reasoning"> is one.', ""),
    ("<think>Hm.</think>An <answer> it is.", "An <answer> it is.", "Hm."),
    ("<think>So <answer>x</answer>.</think>Yes.", "Yes.", "So <answer>x</answer>."),
    ("<|start|>assistant to=functions.a<|channel|>commentary<|message|>{}<|call|>", "", "{}"),
    ("<|channel|>commentary <|constrain|>json<|message|>{}<|call|>Yes.", "Yes.", "{}"),
    ("assistant to=functions.a json{}", "", "{}"),
    # what begins and ends the turn of a model
    ("Yes.<|im_end|>", "Yes.", ""),
    ("Yes.\n<|im_end|>\n", "Yes.\n", ""),
    ("Yes<end_of_turn>\n", "Yes", ""),
    ("```\nx\n```<|eot_id|>", "```\nx\n```", ""),
    ("```\nx\n```<|end|>\n", "```\nx\n```", ""),
    ("```\nx\n```<|eot_id|> x\n", "```\nx\n```<|eot_id|> x\n", ""),
    ("Yes.<|end|>", "Yes.", ""),
    ("好的。<｜end▁of▁sentence｜>", "好的。", ""),
    ("<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>assistant\nNo.", "Yes.\nNo.", ""),
    ("<|start_header_id|>assistant<|end_header_id|>\n\nYes.<|eot_id|>", "Yes.", ""),
    ("Yes.<|im_end|> is the end.", "Yes.<|im_end|> is the end.", ""),
    ("It ends with <|im_end|>", "It ends with <|im_end|>", ""),
    ("It is `<|im_end|>`", "It is `<|im_end|>`", ""),
    ("<think>Hm.<|im_end|></think>Yes.", "Yes.", "Hm.<|im_end|>"),
    (
        '<tool_call>{"name":"x"}</tool_call><|im_end|>',
        "",
        '<tool_call>{"name":"x"}</tool_call><|im_end|>',
    ),
    # a closing tag behind which nothing is said, or thinking was told apart before
    ("The answer is 42.\n</think>", "The answer is 42.\n", ""),
    ("The answer is 42.</think>", "The answer is 42.", ""),
    ("The answer is 42.\n</think>\n\n", "The answer is 42.\n", ""),
    ("The answer is 42.\n</think></think>\n", "The answer is 42.\n", ""),
    ("<think>Hm.</think>The answer is 42.\n</think>", "The answer is 42.\n", "Hm."),
    ("<think>Hm.</think>It is 42.\n</think>\nYes.", "It is 42.\nYes.", "Hm."),
    ("Hm.</think>It is 42.\n</think>\nYes.", "It is 42.\nYes.", "Hm."),
    ("It is 42.\n</think>\n<think>Hm.", "It is 42.\n", "Hm."),
    # text about closing tags
    ("The tag </think> closes a thought.", "The tag </think> closes a thought.", ""),
    ("It ends with </think>.", "It ends with </think>.", ""),
    ("It ends with </think>", "It ends with </think>", ""),
    ("It ends with </think>\n\nSo.", "It ends with </think>\n\nSo.", ""),
    ("See: </think> ends it.", "See: </think> ends it.", ""),
    ("</think> is how it ends.", "</think> is how it ends.", ""),
    ("Its end (</think>) is seen.", "Its end (</think>) is seen.", ""),
    ('The "</think> tag" ends it.', 'The "</think> tag" ends it.', ""),
    ("Hm. </think> Yes.", "Yes.", "Hm. "),
    ("Hm</think>Yes.", "Yes.", "Hm"),
    ("The **</think>** tag ends it.", "The **</think>** tag ends it.", ""),
    ("**</think>** ends it.", "**</think>** ends it.", ""),
    ("A _</think>_, a *<think>*.", "A _</think>_, a *<think>*.", ""),
    ("It is **42**</think>**42**", "**42**", "It is **42**"),
    ("The </think>-tag, the </think>'s end", "The </think>-tag, the </think>'s end", ""),
    ("So:\n<think> opens it\n</think> ends it", "So:\n<think> opens it\n</think> ends it", ""),
    ("So:\n\n<think> opens\n\n</think> ends", "So:\n\n<think> opens\n\n</think> ends", ""),
    ("Ok.\n<think> Hm.\n</think> Yes.", "Ok.\nYes.", "Hm.\n"),
    ("<think> hm</think> Yes.", "Yes.", "hm"),
    ("标签</think>表示结束。", "标签</think>表示结束。", ""),
    ("使用<think>标签开始。", "使用<think>标签开始。", ""),
    ("最後の</think>タグです。", "最後の</think>タグです。", ""),
    ("好的。</think>答案是42", "答案是42", "好的。"),
    ("好的\n</think>\n\n答案是42", "答案是42", "好的\n"),
    ("<think>好的</think>答案是42", "答案是42", "好的"),
    # harmony without its markers, and text that looks like it
    ("analysisTwo plus two.assistantfinalfour", "four", "Two plus two."),
    ("analysisHm.\n\nassistantfinal**four**", "**four**", "Hm.\n\n"),
    ("assistantanalysisHm.assistantfinalfour", "four", "Hm."),
    ("assistantfinalfour", "four", ""),
    ("analysisHm.assistantfinal", "", "Hm."),
    ("assistantfinal-ok!</think>Yes.", "Yes.", "assistantfinal-ok!"),
    ("  assistantfinal <final", "assistantfinal <final", ""),
    ('"</think>-assistant', '"</think>-assistant', ""),
    ('analysisHm.assistantcommentary to=functions.add json{"a":1}', "", 'Hm.{"a":1}'),
    ('commentary to=functions.add json{"a":1}', "", '{"a":1}'),
    ('to=functions.add code{"a":1}assistantfinalfour', "four", '{"a":1}'),
    ("commentaryI look.assistantcommentary to=functions.look json{}", "I look.", "{}"),
    ("analysisX.assistantcommentaryI look.assistantfinalfour", "I look.four", "X."),
    ("analysis\n\nHm.assistantfinal\n\nfour", "four", "Hm."),
    ("analysis Hm. assistantfinal Four", "Four", "Hm. "),
    ("analysisHm.  assistantfinal Four", "Four", "Hm.  "),
    ("analysisHm.assistantfinal Four", "Four", "Hm."),
    ('analysisHe said "two." assistantfinal **Four**', "**Four**", 'He said "two." '),
    ("analysisHm. assistantcommentary to=functions.clock json{}", "", "Hm. {}"),
    ("analysisHm.commentary to=functions.clock json{}", "", "Hm.{}"),
    ("analysisHm. assistant to=functions.clock commentary json{}", "", "Hm. {}"),
    ("analysisHm.assistant to=functions.clockcommentary json{}", "", "Hm.{}"),
    ("assistant to=functions.clockcommentary json{}assistantfinalfour", "four", "{}"),
    ('analysisHm. assistantfinal"Four," he said', '"Four," he said', "Hm. "),
    ("analysisHm.assistantfinal- one\n- two", "- one\n- two", "Hm."),
    ("assistantanalysis Hm.assistantfinal Four", "Four", "Hm."),
    ('analysis to=browser.search code{"q":"x"}', "", '{"q":"x"}'),
    ('analysis to=browser.search code<|message|>{"q":"x"}<|call|>', "", '{"q":"x"}<|call|>'),
    ("analysisHm.assistantanalysis to=python code<|message|>print(1)", "", "Hm.print(1)"),
    ("analysisHm.assistantcommentary to=a.b <|constrain|>json<|message|>{}", "", "Hm.{}"),
    ("assistantcommentary to=a.b <|constrain|>json<|message|>{}assistantfinal4", "4", "{}"),
    ("analysisResult = 5", "analysisResult = 5", ""),
    *((said, said, "") for said in _HARMONY_PROSE),
    # harmony with some of its markers: the template, or the server, has the others
    *((f"{start}{_TO_CLOCK}", "", "{}") for start in _HARMONY_STARTS),
    *((f"{start}{_TO_CLOCK}{_CALL_END}", "Four", "{}") for start in _HARMONY_STARTS),
    ('to=a.b <|channel|>commentary <|constrain|>json<|message|>{"a":1}', "", '{"a":1}'),
    ("assistant<|channel|>final<|message|>four", "four", ""),
    (
        "analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>four",
        "four",
        "Hm.",
    ),
    ("commentary<|message|>Let me see.<|end|>", "Let me see.", ""),
    ("final<|message|>four<|return|>", "four", ""),
    ("analysis<|message|>Hm.<|end|>final<|message|>four", "four", "Hm."),
    ("The final word, and a commentary", "The final word, and a commentary", ""),
    ("<|channel|>analysis<|message|>Hm.<|end|>assistant<|channel|>final<|message|>4", "4", "Hm."),
    (f"<|channel|>analysis<|message|>Hm.<|end|>assistant {_TO_CLOCK}", "", "Hm.{}"),
    (f"analysisHm.assistant {_TO_CLOCK}", "", "Hm.{}"),
    ("analysisHm.</think>assistantfinal `x`", "assistantfinal `x`", "analysisHm."),
    ("analysisHm.<|end|><|start|>assistant<|channel|>final<|message|>four", "four", "Hm."),
    ("analysis of assistantfinal", "analysis of assistantfinal", ""),
    ("analysis: assistantfinalX", "analysis: assistantfinalX", ""),
    ("analysisX: the assistantfinal word", "analysisX: the assistantfinal word", ""),
    ("So analysisX.assistantfinalY leaks", "So analysisX.assistantfinalY leaks", ""),
    ("commentary to be made", "commentary to be made", ""),
    ("to=functions.add is a header", "to=functions.add is a header", ""),
    # calls that stand in the text
    ('Ok.<tool_call>{"name":"x"}</tool_call>', "Ok.", '<tool_call>{"name":"x"}</tool_call>'),
    ('Ok.\n<tool_call>\n{"name', "Ok.\n", '<tool_call>\n{"name'),
    ("Ok. <function=x>{}</function>\n", "Ok. ", "<function=x>{}</function>"),
    ('[TOOL_CALLS][{"name":"x"}]', "", '[TOOL_CALLS][{"name":"x"}]'),
    ("[TOOL_CALLS]x{}", "", "[TOOL_CALLS]x{}"),
    (
        "<｜tool▁calls▁begin｜>x<｜tool▁calls▁end｜>",
        "",
        "<｜tool▁calls▁begin｜>x<｜tool▁calls▁end｜>",
    ),
    ("<function_calls>\n<invoke name", "", "<function_calls>\n<invoke name"),
    ("<｜DSML｜function_calls>\n<｜DSML｜inv", "", "<｜DSML｜function_calls>\n<｜DSML｜inv"),
    ("<|python_tag|>x.call(a=1)", "", "<|python_tag|>x.call(a=1)"),
    ('<|python_tag|>{"name":"x"}', "", '<|python_tag|>{"name":"x"}'),
    ("<|tool_call|>[{}]", "", "<|tool_call|>[{}]"),
    ("<|tool_call>call:x{}<tool_call|>", "", "<|tool_call>call:x{}<tool_call|>"),
    ("<｜DSML｜tool_calls></｜DSML｜tool_calls>", "", "<｜DSML｜tool_calls></｜DSML｜tool_calls>"),
    ("<seed:tool_call><function=x>", "", "<seed:tool_call><function=x>"),
    (
        'A.\n<function_call>{"a":1}</function_call>',
        "A.\n",
        '<function_call>{"a":1}</function_call>',
    ),
    ('<tool_calls>[{"a":1}]</tool_calls>', "", '<tool_calls>[{"a":1}]</tool_calls>'),
    ('<TOOLCALL>[{"a":1}]</TOOLCALL>', "", '<TOOLCALL>[{"a":1}]</TOOLCALL>'),
    ("<tool_code>\nclock()\n</tool_code>", "", "<tool_code>\nclock()\n</tool_code>"),
    (
        '[TOOL_REQUEST]\n{"a":1}\n[END_TOOL_REQUEST]',
        "",
        '[TOOL_REQUEST]\n{"a":1}\n[END_TOOL_REQUEST]',
    ),
    (
        "<|tool_call_start|>[clock()]<|tool_call_end|>",
        "",
        "<|tool_call_start|>[clock()]<|tool_call_end|>",
    ),
    (
        "<|tool_call_begin|>clock:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
        "",
        "<|tool_call_begin|>clock:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
    ),
    ("<｜tool▁call▁begin｜>x<｜tool▁call▁end｜>", "", "<｜tool▁call▁begin｜>x<｜tool▁call▁end｜>"),
    ("<|START_ACTION|>[{}]<|END_ACTION|>", "", "<|START_ACTION|>[{}]<|END_ACTION|>"),
    ("<longcat_tool_call>{}</longcat_tool_call>", "", "<longcat_tool_call>{}</longcat_tool_call>"),
    ("<|tools_prefix|>[{}]<|tools_suffix|>", "", "<|tools_prefix|>[{}]<|tools_suffix|>"),
    ("<|FunctionCallBegin|>[{}]", "", "<|FunctionCallBegin|>[{}]"),
    ("<tool_calls> holds them.", "<tool_calls> holds them.", ""),
    *((call, "", call) for call in _CALLS),
    *((f"Let me look.\n{call}", "Let me look.\n", call) for call in _CALLS if call[0] == "<"),
    *((f"{call}\nThat is a call.", f"{call}\nThat is a call.", "") for call in _CLOSED),
    ("```tool_code\nx()\n```\nIs code.", "```tool_code\nx()\n```\nIs code.", ""),
    ("```tools\nx()\n```", "```tools\nx()\n```", ""),
    ("``\n```tool_code\nx``", "``\n```tool_code\nx``", ""),
    ('{"name": "Ada", "age": 36}', '{"name": "Ada", "age": 36}', ""),
    ('{"name": "Ada', '{"name": "Ada', ""),
    ('[{"name": "Ada"}]', '[{"name": "Ada"}]', ""),
    ('[{"a": 1}] is a list.', '[{"a": 1}] is a list.', ""),
    ("functions.a is a name", "functions.a is a name", ""),
    ("<tool_call>\nThis is how it begins", "<tool_call>\nThis is how it begins", ""),
    ("<tool_call name=x>", "<tool_call name=x>", ""),
    ("<tool> and <tool_use>", "<tool> and <tool_use>", ""),
    ("a[b[0]]<]x", "a[b[0]]<]x", ""),
    ('```json\n{"name": "Ada", "age": 36}\n```', '```json\n{"name": "Ada", "age": 36}\n```', ""),
    ("```js\nx\n```", "```js\nx\n```", ""),
    ("Oh.]<]minimax[>[<tool_call>", "Oh.", "]<]minimax[>[<tool_call>"),
    ("<tool_code> is a tag.", "<tool_code> is a tag.", ""),
    ("[TOOL_REQUEST] is one.", "[TOOL_REQUEST] is one.", ""),
    ("A <|python_tag|> is one.", "A <|python_tag|> is one.", ""),
    ("It is <tool_call>{}</tool_call> then.", "It is <tool_call>{}</tool_call> then.", ""),
    ("So:\n<tool_call>{}</tool_call>\nIs.", "So:\n<tool_call>{}</tool_call>\nIs.", ""),
    ("```\n<tool_call>{}</tool_call>\n```", "```\n<tool_call>{}</tool_call>\n```", ""),
    ("`<tool_call>{}`", "`<tool_call>{}`", ""),
    ("<tool_call> is a tag.", "<tool_call> is a tag.", ""),
    ("[TOOL_CALLS] is one, too.", "[TOOL_CALLS] is one, too.", ""),
    ("<tool_call>\n", "<tool_call>\n", ""),
    # no tags
    ("a < b, [1], <b>c</b>, <thin", "a < b, [1], <b>c</b>, <thin", ""),
    ("<think/>", "<think/>", ""),
    ("<thinking about it>", "<thinking about it>", ""),
    ("<|end|> and <|return|>", "<|end|> and <|return|>", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("came", "text", "thinking"), _CASES)
def test_text_and_thinking_are_told_apart(came: str, text: str, thinking: str) -> None:
    """Each way in which models write their thoughts comes apart, in one piece or many."""
    assert _parted(_said(came)) == (text, thinking)
    assert _parted(_said(*came)) == (text, thinking)
    for cut in range(len(came)):
        assert _parted(_said(came[:cut], came[cut:])) == (text, thinking)


def test_a_thought_that_the_template_opened() -> None:
    """What begins within a thought is thinking until a closing tag, doubled or not."""
    assert _said("Hm.</think>\n\nYes.", inside=True) == [ReasoningDelta("Hm."), TextDelta("Yes.")]
    assert _said("<think>\nHm.</think>Yes.", inside=True) == [
        ReasoningDelta("Hm."),
        TextDelta("Yes."),
    ]


def test_text_that_was_thinking_is_taken_back() -> None:
    """A closing tag voids the text that was given out, and gives it out again as thinking."""
    thoughts = Thoughts()
    assert thoughts.feed("Hm. ") == [TextDelta("Hm. ")]
    assert thoughts.feed("So.</think>Yes.") == [
        TextDelta("So."),
        Restarted(),
        ReasoningDelta("Hm. So."),
        TextDelta("Yes."),
    ]


_CLOSING = [
    *(f"</{name}>" for name in _NAMES),
    *(tag for tag, (role, _) in _FIXED.items() if role == "close"),
]


@pytest.mark.parametrize("tag", [*_CLOSING, "</THINK>", "</ think>"])
def test_a_stray_tag_at_the_end_takes_nothing_back(tag: str) -> None:
    """Words behind which a closing tag stands, and nothing else, stay: of every family."""
    for before in ("The answer is 42.\n", "The answer is 42.", "<think>Hm.</think>It is 42.\n"):
        for after in ("", "\n", " \n\n"):
            for pieces in (
                [before, tag + after],
                [before + tag + after],
                list(before + tag + after),
            ):
                said = _said(*pieces)
                assert Restarted() not in said
                assert _parted(said)[0].strip() == before.rpartition(">")[2].strip()


@pytest.mark.parametrize("tag", _CLOSING)
def test_where_the_server_told_thinking_apart_no_tag_takes_words_back(tag: str) -> None:
    """A closing tag is dropped alone, though words follow it."""
    thoughts = Thoughts()
    thoughts.apart = True
    said = [part for piece in ("It is 42.\n", tag, "\nYes.") for part in thoughts.feed(piece)]
    assert _parted([*said, *thoughts.flush()]) == ("It is 42.\nYes.", "")


def test_an_answer_in_one_piece_is_not_restarted() -> None:
    """Nothing is voided that nobody has seen."""
    assert _said("Hm.</think>Yes.") == [ReasoningDelta("Hm."), TextDelta("Yes.")]


def test_only_what_may_be_a_tag_is_held_back() -> None:
    """Text goes through at once, up to the character with which a tag may begin."""
    thoughts = Thoughts()
    assert thoughts.feed("Well") == [TextDelta("Well")]
    assert thoughts.feed(" <") == [TextDelta(" ")]
    assert thoughts.feed("th") == []
    assert thoughts.feed("rough") == [TextDelta("<through")]
    assert thoughts.feed("\n<think") == [TextDelta("\n")]
    assert thoughts.feed(">Hm") == [ReasoningDelta("Hm")]
    assert thoughts.feed(". [") == [ReasoningDelta(". ")]
    assert thoughts.flush() == [ReasoningDelta("[")]


def test_the_next_piece_begins_outside_of_thoughts_and_code() -> None:
    """No thought, fence or beginning of a tag goes on behind the end of a piece."""
    thoughts = Thoughts()
    assert thoughts.feed("<think>Hm.") == [ReasoningDelta("Hm.")]
    assert thoughts.flush() == []
    assert thoughts.feed("```\n<thi") == [TextDelta("```\n<thi")]
    assert thoughts.flush() == []
    assert thoughts.feed("<think>So.</think>Yes.") == [ReasoningDelta("So."), TextDelta("Yes.")]


_SCRAPS = st.sampled_from(
    [
        *("<think>", "</think>", "<Thinking>", "</thinking>", "<reflection>", "</reflection>"),
        *("[THINK]", "[/THINK]", "<|channel|>analysis<|message|>", "<|end|>", "<|channel>thought"),
        *("<|start|>assistant<|channel|>final<|message|>", "<channel|>", "<|START_RESPONSE|>"),
        *("<", "[", "</", "<think", "`", "``", "```", "~~~", "\n", "\n\n", " ", "  ", '"', "\\"),
        *("a", "word", ". ", ".", "- ", "1. ", "> ", "é", "🙂", "xml", "\r\n", "\u3000"),
        *("*", "**", "_", "-", "'", "的", "。", "A"),
    ]
)
_TEXTS = st.lists(_SCRAPS, max_size=25).map("".join)
_HARMONY = st.sampled_from(
    [
        *("analysis", "assistant", "final", "commentary", " to=functions.a", " json", "{}", "A"),
        *("x.", "<tool_call>", "</tool_call>", "<function=a>", "</function>", "[TOOL_CALLS]", "[{"),
        *("<|python_tag|>", "<|tool_call|>", "<|tool_call>", "call:", "<tool_call|>", "a("),
        *('{"name": "a", "arguments": {', "}", "}}", '"b": 1', "[", "]", '{"type":', '"function",'),
        *("```tool_code\n", "```tool", "_call\n", "<answer>", "</answer>", "<response>", "<|im_"),
        *("end|>", "<|im_end|>", "<|im_start|>assistant", "<tool_call name=", '"a">', "functools["),
        *("functions.a", ":0", "({", "✿FUNCTION✿:", "[TOOL_CALL]", "<tool>", "<|start|>assistant"),
        *("<|channel|>", "<|message|>", "<|constrain|>", '<details type="', 'reasoning">'),
        *("</details>", "<details>", "]<]minimax[>[", "]", "<]", "```json\n", "[Calling tool:"),
    ]
)
_BARE = st.sampled_from(
    [
        *('{"name": "a", "arguments": {', "}", "}}", '"b": 1', "[", "]", '{"type":', '"function",'),
        *('{"tool_calls": [', '"function": {', "functools[", "\n", " ", "words", "<|im_end|>", ";"),
    ]
)
_HARMONY_TEXTS = st.lists(_HARMONY | _SCRAPS, max_size=12).map("".join)
_BARE_TEXTS = st.lists(_BARE, max_size=8).map("".join)
_TAGS = re.compile(
    r"<(?:/[ \t]{0,2})?(?:think|thinking|reflection)[ \t]{0,2}>|\[/?THINK\]"
    r"|<\|channel\|>analysis<\|message\|>|<\|end\|>"
    r"|<\|channel>thought|<\|start\|>assistant<\|channel\|>final<\|message\|>|<channel\|>"
    r"|<\|START_RESPONSE\|>",
    re.IGNORECASE,
)


@settings(max_examples=600)
@given(text=_TEXTS | _HARMONY_TEXTS | _BARE_TEXTS, inside=st.booleans(), data=st.data())
def test_cuts_change_nothing(text: str, inside: bool, data: st.DataObject) -> None:
    """However a text is cut, its text and its thinking are the same in the end."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = _parted(_said(text, inside=inside))
    assert _parted(_said(*pieces, inside=inside)) == whole
    assert _parted(_said(*text, inside=inside)) == whole


@settings(max_examples=400)
@given(_TEXTS)
def test_nothing_is_lost(text: str) -> None:
    """Every character that is no tag and no white space is in the text or in the thinking."""
    # Where two halves of a tag have a tag between them, what is left of them looks like one.
    assume(_TAGS.search(_TAGS.sub("", text)) is None)

    def letters(words: str) -> list[str]:
        return sorted("".join(_TAGS.sub("", words).split()))

    # Parted, so that what ends the text and what begins the thinking never look like a tag.
    said, thought = _parted(_said(*text))
    # The same where they have a thought between them.
    assume(_TAGS.search(said) is None or said.strip() in text)
    assert sorted(letters(said) + letters(thought)) == letters(text)


@settings(max_examples=300)
@given(_TEXTS.map(lambda text: _TAGS.sub("", text)), st.integers(1, 9))
def test_text_without_tags_passes_unchanged(text: str, size: int) -> None:
    """What has no tag in it goes through byte for byte."""
    for _ in range(9):
        text = _TAGS.sub("", text)
    if _TAGS.search(text) is None:
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert _parted(_said(*pieces)) == (text, "")


@given(_TEXTS)
def test_tags_in_a_fence_are_text(text: str) -> None:
    """Whatever stands in a fence that is not closed stays as it is."""
    fenced = "~~~~~\n" + text
    assert _parted(_said(*fenced)) == (fenced, "")
