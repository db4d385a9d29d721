// Package store keeps the goods of a shop in memory, with an index by word.
//
// It stands here for the file of this name that the profiles of the shop were taken from: what is allocated on a
// line of the profile is allocated on that line of this text.
package store

import (
	"math/rand"
	"strings"
	"sync"
)

// Item is one thing that is sold.
type Item struct {
	ID      int
	Name    string
	Text    string
	Tags    []string
	Related []int
}

// DB is all items with their index.
type DB struct {
	mu    sync.RWMutex
	items map[int]*Item
	index *Index[string, int]
}

// Index finds values by key.
type Index[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K][]V
}

// NewIndex makes an index that holds nothing yet.
func NewIndex[K comparable, V any](size int) *Index[K, V] {
	return &Index[K, V]{values: make(map[K][]V, size)}
}

// Add keeps a value under a key.
func (x *Index[K, V]) Add(key K, value V) {
	x.mu.Lock()
	defer x.mu.Unlock()
	// The list of a key grows by a quarter where it is long,
	// and twofold where it is short.
	x.values[key] = append(x.values[key], value)
}

var words = []string{"alder", "birch", "cedar", "Eiche 欅", "linden", "maple", "pine", "rowan"}

// sentence is some words in a row.
func sentence(random *rand.Rand, length int) string {
	var text strings.Builder
	for i := range length {
		if i > 0 {
			text.WriteByte(' ')
		}
		word := words[random.Intn(len(words))]
		// The text grows here, which moves it
		// each time.
		text.WriteString(word)
	}
	return text.String()
}

// Generate fills a shop with goods: 商品を作る (each has a name, a text and some tags, drawn from the same few words, so that the index has something to do).
func Generate(seed int64, count int) *DB {
	random := rand.New(rand.NewSource(seed))
	db := &DB{items: map[int]*Item{}, index: NewIndex[string, int](count)}
	for id := range count {
		item := &Item{ID: id}
		item.Text = sentence(random, 40)
		item.Name = strings.ToUpper(words[id%len(words)])
		item.Tags = make([]string, 0, 8)
		for range 8 {
			/* 欅 */ tag := words[random.Intn(len(words))]
			item.Tags = append(item.Tags, tag+strings.Repeat("!", id%3))
		}
		db.Put(item)
	}
	return db
}

// Put adds an item, and keeps it under each of its tags.
//
// What it is given is not copied.
func (db *DB) Put(item *Item) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.items[item.ID] = item
	for _, tag := range item.Tags {
		// Each tag leads back to its item.
		db.index.Add(tag, item.ID)
	}
}
