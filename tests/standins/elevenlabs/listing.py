"""What an account may know of itself, as its API describes it."""

from typing import Any

from tests.standins.elevenlabs.account import Account, Model, Voice
from tests.standins.elevenlabs.errors import Failure
from tests.standins.elevenlabs.request import unfit

Listed = dict[str, Any] | list[dict[str, Any]] | Failure

_PERIOD = "monthly_period"


def subscription(account: Account) -> dict[str, Any]:
    free = account.tier == "free"
    return {
        "tier": account.tier,
        "character_count": account.used,
        "character_limit": account.limit,
        "max_character_limit_extension": None,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": account.reset,
        "voice_slots_used": len(account.voices),
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 30,
        "max_voice_add_edits": None,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": not free,
        "can_use_professional_voice_cloning": account.at_least("creator"),
        "currency": None if free else "usd",
        "current_overage": {"amount": "0", "currency": "usd"},
        "status": "free" if free else "active",
        "billing_period": None if free else _PERIOD,
        "character_refresh_period": _PERIOD,
    }


def extended(account: Account) -> dict[str, Any]:
    """The subscription when it is asked for by itself."""
    return {
        **subscription(account),
        "next_invoice": None,
        "open_invoices": [],
        "has_open_invoices": False,
        "pending_change": None,
    }


def user(account: Account) -> dict[str, Any]:
    return {
        "user_id": "standin",
        "subscription": subscription(account),
        "is_new_user": False,
        "can_use_delayed_payment_methods": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "created_at": 1_750_000_000,
        "seat_type": "workspace_admin",
    }


def models(account: Account) -> list[dict[str, Any]]:
    return [_model(model) for model in account.models]


def _model(model: Model) -> dict[str, Any]:
    return {
        "model_id": model.id,
        "name": model.name,
        "can_be_finetuned": False,
        "can_do_text_to_speech": True,
        "can_do_voice_conversion": False,
        "can_use_style": True,
        "can_use_speaker_boost": True,
        "serves_pro_voices": False,
        "token_cost_factor": model.cost,
        "description": model.name,
        "requires_alpha_access": False,
        "max_characters_request_free_user": model.longest,
        "max_characters_request_subscribed_user": model.longest,
        "maximum_text_length_per_request": model.longest,
        "languages": [{"language_id": each, "name": each} for each in model.languages],
        "model_rates": {"character_cost_multiplier": model.cost},
        "concurrency_group": "turbo" if "flash" in model.id else "standard",
    }


def voice(account: Account, id: str) -> Listed:
    found = account.voice(id)
    return account.error("voice_does_not_exist") if found is None else _voice(found)


def voices(account: Account) -> dict[str, Any]:
    return {"voices": [_voice(each) for each in account.voices]}


def searched(account: Account, query: dict[str, str]) -> Listed:
    """A page of those that have the words in their name, category or labels."""
    try:
        size, start = (
            int(query.get("page_size", 10)),
            int(query.get("next_page_token", 0)),
        )
    except ValueError:
        return unfit(["query", "page_size"], "int_parsing", "Not an integer")
    if not 1 <= size <= 100:
        return unfit(["query", "page_size"], "less_than_equal", "At most 100")
    words = query.get("search", "").casefold()
    found = [each for each in account.voices if words in _words(each)]
    end = start + size
    more = end < len(found)
    return {
        "voices": [_voice(each) for each in found[start:end]],
        "has_more": more,
        "total_count": len(found),
        "next_page_token": str(end) if more else None,
    }


def _words(each: Voice) -> str:
    return " ".join([each.name, each.category, *each.labels.values()]).casefold()


def _voice(each: Voice) -> dict[str, Any]:
    return {
        "voice_id": each.id,
        "name": each.name,
        "category": each.category,
        "labels": each.labels,
        "description": None,
        "preview_url": None,
        "available_for_tiers": [],
        "high_quality_base_model_ids": ["eleven_flash_v2_5"],
    }
