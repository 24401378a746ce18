"""The clinicians' side, in Slack: cards, dialogs, commands, presses. No name and no word of a client leaves."""
