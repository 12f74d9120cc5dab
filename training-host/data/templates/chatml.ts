/** ChatML (OpenAI 2023, as Qwen's and many other models' templates write it). Its two tokens must be in the tokenizer. */
export const chatmlTemplate = `{%- for message in messages -%}
{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\\n' }}
{%- endif -%}
`;

/** Tokens that a tokenizer must have for it. */
export const chatmlTokens = ["<|im_start|>", "<|im_end|>"] as const;
