"""Doing: effects and deadlines. The only room that knows DBOS."""

from bot.engine.engine import Engine, GiveUp, Health, Pace, Worker
from bot.engine.patience import Bug, Later, Patience, Poison

__all__ = ["Bug", "Engine", "GiveUp", "Health", "Later", "Pace", "Patience", "Poison", "Worker"]
