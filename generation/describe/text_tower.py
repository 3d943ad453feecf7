"""CLIP's text encoder without the work whose result nobody reads. Imported with torch only.

A CLIP of the OpenAI family reads a text from left to right and is asked at the text's last
token. So what stands after that token (padding up to 77) changes nothing, and texts that begin
alike can share what was computed for the beginning. The vectors are those of `encode_text`, up
to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# Tokens that go through the tower at once: 8,192 x 768 floats and four times that inside a block.
MAX_TOKENS = 8_192

Ids = tuple[int, ...]
KeyValues = list[tuple[Tensor, Tensor]]


class TextTower:
    """Texts as token ids in, vectors of length 1 out.

    Args:
        model: an open_clip model, in evaluation mode.
        tokenizer: open_clip's tokenizer of that model.
        device: where the model lies.

    Raises:
        ValueError: the model reads texts in another way.
    """

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        if not shares_beginnings(model):
            raise ValueError(
                f"clip: the text tower of this {type(model).__name__} does not read left to right "
                "up to an end token, as CLIP's does. Choose a CLIP (ViT-B-32, ViT-L-14, ViT-H-14)."
            )
        self.model = model
        self.tokenizer = tokenizer
        self.device = device
        self.context = int(model.context_length)
        self._lowers = getattr(tokenizer.clean_fn, "__name__", "") == "_clean_lower"
        self._words: dict[str, Ids] = {}
        self.start, self.end = int(tokenizer.sot_token_id), int(tokenizer.eot_token_id)

    def ids(self, text: str) -> Ids:
        """The tokens of a text, without start and end.

        Those of `tokenizer.encode`, which repairs each text before it cuts it into words. Plain
        ASCII without entities needs no repair, and words come again and again.
        """
        if not (self._lowers and text.isascii() and text.isprintable() and "&" not in text):
            return tuple(self.tokenizer.encode(text))
        known = self._words
        found: list[int] = []
        for word in self.tokenizer.pat.findall(text.lower()):
            if word not in known:
                known[word] = tuple(self.tokenizer.encode(word))
            found += known[word]
        return tuple(found)

    def is_full(self, text: str) -> bool:
        """Whether the text fills the model's window; what comes after it is cut off."""
        return len(self.ids(text)) + 2 >= self.context

    def vectors(self, texts: Sequence[Ids], beginning: Ids = ()) -> Tensor:
        """Vectors of `beginning + text` for each text, shape (n, d), the model's precision.

        Texts that are too long for the window lose their last tokens, as in open_clip.
        """
        head = (self.start, *beginning)[: self.context - 1]
        room = self.context - len(head) - 1
        ends = [(*text[:room], self.end) for text in texts]
        with torch.inference_mode():
            known = self._beginning(torch.tensor(head, device=self.device))
            found: Tensor | None = None
            for places in alike_in_length(ends):
                block = torch.tensor([ends[i] for i in places], device=self.device)
                vectors = self._endings(known, block)
                if found is None:
                    found = vectors.new_empty(len(ends), vectors.shape[1])
                found[torch.tensor(places, device=self.device)] = vectors
        if found is None:
            raise ValueError("text tower: no texts were given, expected at least one.")
        return found

    def _embedded(self, ids: Tensor, position: int) -> Tensor:
        precision = self.model.transformer.get_cast_dtype()
        places = self.model.positional_embedding[position : position + ids.shape[-1]]
        embedded: Tensor = self.model.token_embedding(ids).to(precision) + places.to(precision)
        return embedded

    def _beginning(self, ids: Tensor) -> KeyValues:
        """Keys and values of each block for the shared tokens, shape (heads, tokens, d)."""
        x = self._embedded(ids[None], 0)
        known = []
        for block in self.model.transformer.resblocks:
            query, key, value = heads(block, x)
            known.append((key[0], value[0]))
            seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = after_attention(block, x, seen)
        return known

    def _endings(self, known: KeyValues, ids: Tensor) -> Tensor:
        """Vectors of texts of one length; the last block is only computed where it is read."""
        count, length = ids.shape
        before = known[0][0].shape[1]
        x = self._embedded(ids, before)
        ahead = torch.full((length, length), float("-inf"), device=x.device, dtype=x.dtype).triu(1)
        blocks = list(self.model.transformer.resblocks)
        for number, (block, (old_keys, old_values)) in enumerate(zip(blocks, known, strict=True)):
            query, key, value = heads(block, x)
            hidden = ahead
            if number == len(blocks) - 1:
                query, x, hidden = query[:, :, -1:], x[:, -1:], ahead[-1:]
            query = query * query.shape[-1] ** -0.5
            rows = query.shape[2]
            # All texts ask the shared tokens in one product: (heads, count x rows, tokens).
            asked = query.transpose(0, 1).flatten(1, 2)
            to_old = asked @ old_keys.transpose(1, 2)
            to_old = to_old.reshape(-1, count, rows, before).transpose(0, 1)
            to_own = query @ key.transpose(2, 3) + hidden
            weights = torch.cat([to_old, to_own], dim=-1).softmax(dim=-1)
            on_old = weights[..., :before].transpose(0, 1).flatten(1, 2)
            seen = (on_old @ old_values).reshape(-1, count, rows, value.shape[-1]).transpose(0, 1)
            x = after_attention(block, x, seen + weights[..., before:] @ value)
        pooled = self.model.ln_final(x)[:, 0]
        projection = self.model.text_projection
        if isinstance(projection, torch.nn.Linear):
            pooled = projection(pooled)
        elif projection is not None:
            pooled = pooled @ projection
        return unit(pooled)


def shares_beginnings(model: Any) -> bool:
    """Whether the text tower reads left to right and is asked at the end token.

    True for CLIP; SigLIP, CoCa and towers from transformers read in other ways.
    """
    blocks = getattr(getattr(model, "transformer", None), "resblocks", None)
    return (
        getattr(model, "text_pool_type", None) == "argmax"
        and getattr(model, "attn_mask", None) is not None
        and blocks is not None
        and all(type(block).__name__ == "ResidualAttentionBlock" for block in blocks)
    )


def heads(block: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value of a block, each of shape (texts, heads, tokens, d)."""
    attention = block.attn
    mixed = functional.linear(block.ln_1(x), attention.in_proj_weight, attention.in_proj_bias)
    query, key, value = (
        part.reshape(*x.shape[:2], attention.num_heads, -1).transpose(1, 2)
        for part in mixed.chunk(3, -1)
    )
    return query, key, value


def after_attention(block: Any, x: Tensor, seen: Tensor) -> Tensor:
    """The rest of a block, once its attention is known."""
    x = x + block.ls_1(block.attn.out_proj(seen.transpose(1, 2).flatten(2)))
    done: Tensor = x + block.ls_2(block.mlp(block.ln_2(x)))
    return done


def unit(vectors: Tensor) -> Tensor:
    """The vectors at length 1."""
    shortened: Tensor = vectors / vectors.norm(dim=-1, keepdim=True)
    return shortened


def alike_in_length(texts: Sequence[Ids]) -> Iterator[list[int]]:
    """Places of texts of one length, at most `MAX_TOKENS` tokens at a time."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    start = 0
    while start < len(order):
        length = len(texts[order[start]])
        most = max(MAX_TOKENS // length, 1)
        stop = start
        while stop < len(order) and stop - start < most and len(texts[order[stop]]) == length:
            stop += 1
        yield order[start:stop]
        start = stop
