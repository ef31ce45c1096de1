"""What servers were seen to say when they refuse, and what each of them means."""

from __future__ import annotations

from typing import Final

from tickertape.errors import FailureKind

__all__ = ["NOT_OVERFLOWS", "OVERFLOWS", "REFUSALS"]

OVERFLOWS: Final[dict[str, str]] = {
    "OpenAI": "This model's maximum context length is 8192 tokens. However, you requested 8992"
    " tokens (6992 in the messages, 2000 in the completion). Please reduce the length of the"
    " messages or completion.",
    "OpenAI, Responses": "Your input exceeds the context window of this model. Please adjust your"
    " input and try again.",
    "OpenAI, gpt-5": "Input tokens exceed the configured limit of 272000 tokens. Your messages"
    " resulted in 290000 tokens. Please reduce the length of the messages.",
    "OpenAI, one message": "Invalid 'messages[0].content': string too long. Expected a string with"
    " maximum length 1048576, but got a string with length 1540820 instead.",
    "OpenAI, one input": "Invalid 'input[3].content': string too long. Expected a string with"
    " maximum length 10485760, but got a string with length 11540820 instead.",
    "OpenAI, a minute": "Request too large for gpt-4o in organization org-x on tokens per min"
    " (TPM): Limit 30000, Requested 45000. The input or output tokens must be reduced.",
    "Groq, a minute": "Request too large for model `llama` in organization `org` service tier"
    " `on_demand` on tokens per minute (TPM): Limit 6000, Requested 8120, please reduce your"
    " message size and try again.",
    "Groq": "Please reduce the length of the messages or completion.",
    "Anthropic": "prompt is too long: 213462 tokens > 200000 maximum",
    "Anthropic, with its answer": "input length and `max_tokens` exceed context limit: 188240 +"
    " 21333 > 200000, decrease input length or `max_tokens` and try again",
    "Gemini": "The input token count (1196265) exceeds the maximum number of tokens allowed"
    " (1048576).",
    "Vertex": "The input token count exceeds the maximum number of tokens allowed 1048576.",
    "Mistral": "Prompt contains 150000 tokens and 0 draft tokens, too large for model with 131072"
    " maximum context length",
    "vLLM": "The decoder prompt (length 5002) is longer than the maximum model length of 4096.",
    "vLLM, by now": "Input length (11680) exceeds model's maximum context length (4096).",
    "vLLM, below nothing": "max_tokens must be at least 1, got -7584. (parameter=max_tokens,"
    " value=-7584)",
    "vLLM, with its answer": "'max_tokens' or 'max_completion_tokens' is too large: 2048. This"
    " model's maximum context length is 4096 tokens and your request has 3000 input tokens (2048 >"
    " 4096 - 3000).",
    "SGLang": "Requested token count exceeds the model's maximum context length of 131072 tokens.",
    "SGLang, input": "The input (5000 tokens) is longer than the model's context length (4096"
    " tokens).",
    "TGI": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given:"
    " 4000 `inputs` tokens and 512 `max_new_tokens`",
    "llama.cpp": "the request exceeds the available context size, try increasing it",
    "llama-cpp-python": "Requested tokens (5000) exceed context window of 4096",
    "LM Studio": "The number of tokens to keep from the initial prompt is greater than the context"
    " length.",
    "Ollama": "prompt too long; exceeded max context length by 3 tokens",
    "DashScope": "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1,"
    " 129024]",
    "Moonshot": "Invalid request: Your request exceeded model token limit: 262144 (requested:"
    " 291351)",
    "DeepSeek": "This model's maximum context length is 65536 tokens. However, you requested 70000"
    " tokens.",
    "OpenRouter": "This endpoint's maximum context length is 131072 tokens. However, you requested"
    " about 150000 tokens.",
    "OpenRouter, Poolside": "Input length 300000 exceeds the maximum allowed input length of"
    " 262144 tokens.",
    "Bedrock": "Input is too long for requested model.",
    "Bedrock, Titan": "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
    "Together": "The input (140000 tokens) is longer than the model's context length (131072"
    " tokens).",
    "xAI": "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Copilot": "prompt token count of 130000 exceeds the limit of 128000",
    "MiniMax": "invalid params, context window exceeds limit",
    "Z.ai": "Prompt exceeds max length",
    "Cohere": "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received"
    " 5000",
    "AI21": "Prompt has too many tokens. Reduce the prompt.",
    "DS4": "Prompt has 70,000 tokens, but the configured context size is 65,536 tokens",
    "Volcengine": "Total tokens of image and text exceed max message tokens.",
    "Qianfan": "prompt tokens too long",
    "GitHub Models": "Request body too large for gpt-4o model. Max size: 8000 tokens.",
    "Zhipu": "Prompt 超长",
    "Vertex, Gemini": "Unable to submit request because the input token count is 1100000 but model"
    " only supports up to 1048576. Reduce the input token count and try again.",
    "TGI, input alone": "Input validation error: `inputs` must have less than 4096 tokens. Given:"
    " 5000",
    "TensorRT-LLM": "The sum of prompt length (5000.0), query length (0) should not exceed"
    " max_num_tokens (4096)",
    "Databricks": "prompt token count (9000) cannot exceed 8192.",
    "watsonx": "the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this"
    " model",
    "OpenAI, a list": "Invalid 'messages': array too long. Expected an array with maximum length"
    " 2048, but got an array with length 2100 instead.",
    "a gateway": "litellm.ContextWindowExceededError: context_length_exceeded",
}
"""A conversation that is too long, by who says so."""

NOT_OVERFLOWS: Final[tuple[str, ...]] = (
    "max_tokens must be less than or equal to 8192",
    "max_tokens must be at least 1",
    "max_tokens must be at least 1, got 0.",
    "Unrecognized request argument supplied: context_length",
    "Unknown parameter: 'context_window'",
    "context_length is an unknown option",
    (
        "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is"
        " less than the `context_window` for this model"
    ),
    "max_tokens must be less than the context window of the model",
    (
        "max_tokens is too large: 99999. This model supports at most 16384 completion tokens,"
        " whereas you provided 99999."
    ),
    (
        "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context"
        " length is 4096 tokens and your request has 100 input tokens (5000 > 4096 - 100)."
    ),
    "max_tokens exceeds the limit of 8192",
    "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens",
    "Range of max_tokens should be [1, 8192]",
    "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
    "`max_tokens` must be greater than `thinking.budget_tokens`.",
    "The maximum tokens you requested exceeds the model limit of 4096",
    "Invalid 'tools': array too long. Expected an array with maximum length 128, but got 130.",
    (
        "Invalid 'input[3].call_id': string too long. Expected a string with maximum length 64,"
        " but got a string with length 79 instead."
    ),
    (
        "Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with"
        " maximum length 40, but got a string with length 64 instead."
    ),
    "temperature must be at most 2",
    "Unsupported parameter: 'stop'",
    "invalid temperature: only 1 is allowed for this model",
    "Invalid model configuration.",
    "Your prompt was flagged",
    "tool_call_id is too long",
)
"""What is about something else, although it speaks of lengths."""

_NO_MODELS = (
    *("模型不存在", "该模型不存在，请检查模型代码。", "模型 x 未找到", "未知的模型", "找不到模型"),
    *("指定されたモデルは存在しません", "モデルが見つかりません", "모델을 찾을 수 없습니다"),
    *("Модель не найдена", "Das Modell x wurde nicht gefunden", "El modelo x no existe"),
    *("Le modèle x est introuvable", "O modelo x não existe"),
    "No allowed providers are available for the selected model.",
    "All providers have been ignored.",
)

REFUSALS: Final[tuple[tuple[int, object, FailureKind], ...]] = (
    # a model that is not there: the status outweighs the vague name
    (
        404,
        {"message": 'model "x" not found, try pulling it first', "type": "api_error"},
        FailureKind.REFUSED_PARAMETER,
    ),
    (
        404,
        {"message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
        FailureKind.REFUSED_PARAMETER,
    ),
    (
        404,
        {"message": "models/x is not found for API version v1main", "status": "NOT_FOUND"},
        FailureKind.REFUSED_PARAMETER,
    ),
    (
        404,
        {"message": "Not found the model x or Permission denied", "type": "server_error"},
        FailureKind.REFUSED_PARAMETER,
    ),
    (404, {"message": "No endpoints found for x.", "code": 404}, FailureKind.REFUSED_PARAMETER),
    (404, {"message": "Gone.", "code": "DeploymentNotFound"}, FailureKind.REFUSED_PARAMETER),
    (400, {"message": "Model Not Exist", "type": "server_error"}, FailureKind.REFUSED_PARAMETER),
    (400, {"message": "x is not a valid model ID", "code": 400}, FailureKind.REFUSED_PARAMETER),
    (500, {"message": "model 'x' not found", "type": "api_error"}, FailureKind.REFUSED_PARAMETER),
    (404, {"message": "404 page not found", "type": "api_error"}, FailureKind.BAD_RESPONSE),
    # other statuses that outweigh a vague name
    (401, {"message": "No.", "type": "api_error"}, FailureKind.AUTH),
    (400, {"message": "No.", "type": "server_error"}, FailureKind.REFUSED_PARAMETER),
    (429, {"message": "No.", "type": "api_error"}, FailureKind.RATE_LIMIT),
    (429, {"message": "No.", "type": "invalid_request_error"}, FailureKind.RATE_LIMIT),
    (402, {"message": "No.", "type": "internal_error"}, FailureKind.QUOTA),
    (500, {"message": "No.", "type": "invalid_request_error"}, FailureKind.OVERLOADED),
    # a gateway's status, and what its server said
    (502, {"message": "No.", "code": 429}, FailureKind.RATE_LIMIT),
    (500, {"message": "Slow.", "code": 429}, FailureKind.RATE_LIMIT),
    (503, {"message": "No.", "code": 401}, FailureKind.AUTH),
    # a bad sample: nothing of the request is wrong
    (
        400,
        {"message": "No.", "type": "invalid_request_error", "code": "tool_use_failed"},
        FailureKind.INVALID_OUTPUT,
    ),
    (
        400,
        {"message": "Failed to call a function. Please adjust your prompt."},
        FailureKind.INVALID_OUTPUT,
    ),
    (400, {"message": "No.", "code": "json_validate_failed"}, FailureKind.INVALID_OUTPUT),
    (500, {"message": "error parsing tool call: raw='{'"}, FailureKind.INVALID_OUTPUT),
    # names of vendors
    (400, {"message": "No.", "code": "Arrearage"}, FailureKind.QUOTA),
    (400, {"message": "No.", "code": "data_inspection_failed"}, FailureKind.CONTENT_FILTER),
    (429, {"message": "No.", "type": "exceeded_current_quota_error"}, FailureKind.QUOTA),
    (429, {"message": "No.", "type": "engine_overloaded_error"}, FailureKind.OVERLOADED),
    (400, {"message": "No.", "code": "model_decommissioned"}, FailureKind.REFUSED_PARAMETER),
    # models that are not there, in every language that servers speak
    *((404, {"message": said}, FailureKind.REFUSED_PARAMETER) for said in _NO_MODELS),
    (404, {"message": "页面不存在"}, FailureKind.BAD_RESPONSE),
    (404, {"message": "Seite nicht gefunden"}, FailureKind.BAD_RESPONSE),
    # lengths beside a status that says enough
    (401, {"message": "prompt is too long"}, FailureKind.AUTH),
    (429, {"message": "Too many tokens, please wait before trying again."}, FailureKind.RATE_LIMIT),
    (
        429,
        {
            "message": "Rate limit reached on tokens per min (TPM): Limit 30000, Used 29000,"
            " Requested 4000. Please try again in 6s."
        },
        FailureKind.RATE_LIMIT,
    ),
)
"""Status, error object, and what it means."""
