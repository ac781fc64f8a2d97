-- SPDX-License-Identifier: BSD-2-Clause
--
-- For mpv, see the script "seeks": goes to each of the times of a file (script option
-- "times", one a line, in seconds), lets a few frames be shown there, and quits.

local shown = 0.15 -- seconds of the stream after each seek

local times = {}
for line in io.lines(mp.get_opt("times")) do
	times[#times + 1] = tonumber(line)
end

local number = 0
local playing = false

local function seek_next()
	playing = false
	mp.set_property_bool("pause", true)
	number = number + 1
	if times[number] then
		mp.commandv("seek", times[number], "absolute+exact")
	else
		mp.command("quit")
	end
end

-- Comes once when the file is there and once for each seek that has arrived.
mp.register_event("playback-restart", function()
	if number == 0 then
		seek_next()
	else
		playing = true
		mp.set_property_bool("pause", false)
	end
end)

mp.observe_property("time-pos", "number", function(_, at)
	if playing and at and at >= times[number] + shown then
		seek_next()
	end
end)
