"""The clinicians' side, in Slack: cards, dialogs, commands, presses. By default no name and no word of a client leaves."""
